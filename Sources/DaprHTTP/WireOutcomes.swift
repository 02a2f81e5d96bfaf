// What triggers came to. Dapr keeps neither outcomes nor what an app said of a failure; the fields are
// those of `daybook-replay export`.

package import DaprAPI
import EventLog
import EventText
package import Jobs
package import Scheduler

/// A request for one part of a list of outcomes.
package struct WireOutcomes {
    package let request: OutcomeRequest

    /// `jobs` are those whose names begin with the parameter `prefix`, if it is given.
    package init(
        query: Substring, of jobs: (_ prefix: String?) throws(InvalidField) -> [JobPrefix]
    ) throws(WireError) {
        let query = try WireQuery(query, names: ["kind", "prefix", "limit", "before"])
        do throws(InvalidField) {
            let kinds = OutcomeRequest.Kind.allCases
            guard let kind = kinds.first(where: { $0.rawValue.keyword == query["kind"]?.keyword })
            else {
                let names = kinds.map(\.rawValue).joined(separator: ", ")
                throw InvalidField("kind", "must be one of \(names)")
            }
            let limit = try query.number("limit", in: OutcomeRequest.limits)
            let before = try query.number("before", in: 1...UInt64.max)
            request = OutcomeRequest(
                kind, of: try jobs(query["prefix"]), before: before.map { SequenceNumber($0) },
                limit: limit ?? HTTPLimits.pageEventsStandard)
        } catch {
            throw .invalidParameter(error, during: .outcomes)
        }
    }

    /// The answer.
    package static func body(of page: OutcomePage) -> [UInt8] {
        var bytes = Array(#"{"outcomes":["#.utf8)
        for (index, entry) in page.outcomes.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONLine.append(entry.id.cells + cells(of: entry.outcome), to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        if let before = page.before { bytes += ",\"before\":\(before.rawValue)".utf8 }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// `outcome` as one value.
    static func json(of outcome: JobOutcome) -> JSONText {
        var bytes: [UInt8] = []
        JSONLine.append(cells(of: outcome), to: &bytes)
        return JSONText(json: bytes)
    }

    private static func cells(of outcome: JobOutcome) -> [Cell] {
        let (trigger, answer) = (outcome.trigger, outcome.acknowledgement)
        let fields: [(Field, FieldValue?)] = [
            (.sequence, .count(outcome.record.rawValue)), (.time, .instant(outcome.time)),
            (.generation, .count(trigger.generation.rawValue)),
            (.trigger, .count(answer.trigger.sequence.rawValue)), (.tick, .count(trigger.tick)),
            (.due, .instant(trigger.due)), (.attempt, .count(UInt64(trigger.attempt))),
            (.outcome, .text("\(answer.outcome)")), (.code, .integer(Int64(answer.code))),
            (.connectionBroke, answer.connectionBroke ? .flag(true) : nil),
            (.error, outcome.error.map { .text($0) }),
        ]
        return fields.compactMap { field, value in Cell(field.rawValue, value) }
            + (outcome.isGivenUp ? [Cell("isGivenUp", .flag(true))] : [])
    }
}

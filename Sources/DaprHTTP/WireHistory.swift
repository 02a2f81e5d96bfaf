// The history of a job, from the log. Dapr keeps no history; the fields of an event are those of
// `daybook-replay export`.

package import DaprAPI
import EventLog
import EventText
package import Jobs
package import Scheduler

/// A request for one part of a history.
package struct WireHistory {
    package let request: HistoryRequest

    package init(of id: JobID, query: Substring) throws(WireError) {
        let query = try WireQuery(query, names: ["limit", "before"])
        do throws(InvalidField) {
            let limit = try query.number("limit", in: HistoryRequest.limits)
            let before = try query.number("before", in: 1...UInt64.max)
            request = HistoryRequest(
                of: id, before: before.map { SequenceNumber($0) },
                limit: limit ?? HTTPLimits.pageEventsStandard)
        } catch {
            throw .invalidParameter(error, during: .history)
        }
    }

    /// The answer. Every event gets the identity of the requested job, except a deletion by prefix,
    /// which names no job.
    package func body(of page: HistoryPage) -> [UInt8] {
        var bytes = Array(#"{"history":["#.utf8)
        for (index, record) in page.records.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            let cells = EventCells(
                record, of: job(of: record), error: page.errors[record.sequence]
            ).cells
            JSONLine.append(cells, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        if let before = page.before { bytes += ",\"before\":\(before.rawValue)".utf8 }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private func job(of record: Record) -> JobID? {
        if case .deletedByPrefix = record.event { nil } else { request.id }
    }
}

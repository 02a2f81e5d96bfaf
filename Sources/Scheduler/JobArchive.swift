// Reads jobs from the log. Rows in memory hold only what decisions need, so texts and payloads are read
// from the generation's record and payload.

package import EventLog
package import Jobs
import SchedulerCore

extension StoredJob {
    /// The cost of reading it, in bytes.
    var readCost: Int { SchedulerLimits.readCostOfAJob + (payload?.value.count ?? 0) }
}

package enum JobArchive {
    /// The definition accepted as `generation`.
    static func definition<Log: LogReader & ~Copyable>(
        of generation: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> Definition {
        guard let definition = try definitionIfKept(of: generation, in: log) else {
            throw .log(.damaged(at: generation, detail: "the record is missing"))
        }
        return definition
    }

    /// The same; `nil` if its record was removed with the beginning of the log.
    static func definitionIfKept<Log: LogReader & ~Copyable>(
        of generation: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> Definition? {
        guard let record = try recordIfKept(generation, in: log) else { return nil }
        guard let definition = record.event.accepted else {
            throw .corruptHistory(at: generation, reason: "no job was accepted there")
        }
        return definition
    }

    /// A record; `nil` if it was removed with the beginning of the log.
    static func recordIfKept<Log: LogReader & ~Copyable>(
        _ sequence: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> Record? {
        let (bytes, origin): ([UInt8]?, SequenceNumber)
        do {
            bytes = try log.record(sequence)
            origin = bytes == nil ? try log.origin().last : .zero
        } catch {
            throw .log(error)
        }
        guard let bytes else {
            guard sequence <= origin else {
                throw .log(.damaged(at: sequence, detail: "the record is missing"))
            }
            return nil
        }
        do throws(EventCodecError) {
            return try EventCodec.decode(bytes, in: bytes.indices, at: sequence)
        } catch {
            throw .corruptHistory(at: sequence, reason: "\(error)")
        }
    }

    /// A live job. Its payload is checked against the digest in its record.
    static func job<Log: LogReader & ~Copyable>(
        _ found: FoundJob, in log: borrowing Log
    ) throws(SchedulerError) -> StoredJob {
        let generation = found.generation
        let definition = try definition(of: generation, in: log)
        let lastOutcome = try lastOutcome(upTo: found.status.lastEvent, in: log)
        guard let summary = definition.payload else {
            return StoredJob(
                generation: generation, definition: definition, payload: nil,
                lastOutcome: lastOutcome)
        }
        let stored = try storedPayload(of: generation, in: log)
        guard PayloadSummary(of: stored) == summary else {
            throw .log(.damaged(at: generation, detail: "its payload is not the one accepted"))
        }
        return StoredJob(
            generation: generation, definition: definition,
            payload: try payload(from: stored, generation), lastOutcome: lastOutcome)
    }

    /// As many jobs of a page as `SchedulerLimits.pageBytesMax` of payloads allow, the first in any case; the
    /// one that passes the limit is the last.
    static func page<Log: LogReader & ~Copyable>(
        _ found: FoundPage, in log: borrowing Log
    ) throws(SchedulerError) -> StoredPage {
        var jobs: [(StoredJob, JobStatus)] = []
        var bytes = 0
        for next in found.jobs where bytes < SchedulerLimits.pageBytesMax {
            let stored = try job(next, in: log)
            bytes += stored.payload?.value.count ?? 0
            jobs.append((stored, next.status))
        }
        let hasMore = found.hasMore || jobs.count < found.jobs.count
        return StoredPage(prefix: found.prefix, jobs: jobs, hasMore: hasMore)
    }

    /// The payload of a generation that has one. A missing payload is damage, not an empty body.
    static func payload<Log: LogReader & ~Copyable>(
        of generation: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> Payload {
        try payload(from: try storedPayload(of: generation, in: log), generation)
    }

    private static func storedPayload<Log: LogReader & ~Copyable>(
        of generation: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> [UInt8] {
        let stored: [UInt8]?
        do { stored = try log.payload(of: generation) } catch { throw .log(error) }
        guard let stored else {
            throw .log(.damaged(at: generation, detail: "its payload is missing"))
        }
        return stored
    }

    private static func payload(
        from stored: [UInt8], _ generation: SequenceNumber
    ) throws(SchedulerError) -> Payload {
        guard let payload = Payload(stored: stored) else {
            throw .corruptHistory(at: generation, reason: "its payload cannot be read")
        }
        return payload
    }
}

// What triggers came to.
extension JobArchive {
    /// The last outcome in the chain of events that ends with `event`. Reads at most
    /// `SchedulerLimits.lastOutcomeRecords` records.
    package static func lastOutcome<Log: LogReader & ~Copyable>(
        upTo event: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> JobOutcome? {
        var last: JobOutcome?
        var next = event
        for _ in 0..<SchedulerLimits.lastOutcomeRecords {
            guard let record = try recordIfKept(next, in: log) else { return last }
            switch record.event {
            case .acknowledged(let acknowledgement):
                let text = try error(of: acknowledgement, at: next, in: log)
                if let last {
                    // An earlier one: only what was said at the first failure is still wanted.
                    if acknowledgement.outcome.isNoAnswer { break }
                    guard acknowledgement.outcome.isFailure else { return last }
                    if let text { return last.saying(text) }
                } else {
                    last = JobOutcome(
                        of: acknowledgement, at: record.time, record: next,
                        trigger: try trigger(of: acknowledgement, in: log), error: text)
                    if text != nil || !acknowledgement.outcome.isFailure { return last }
                }
            case .triggered, .rescheduled, .skipped: break
            default: return last
            }
            guard let previous = record.event.previous else { return last }
            next = previous
        }
        return last
    }

    static func trigger<Log: LogReader & ~Copyable>(
        of acknowledgement: Acknowledgement, in log: borrowing Log
    ) throws(SchedulerError) -> Trigger {
        let at = acknowledgement.trigger.sequence
        guard case .triggered(let trigger) = try recordIfKept(at, in: log)?.event else {
            throw .corruptHistory(at: at, reason: "nothing was triggered there")
        }
        return trigger
    }

    /// What the app said; `nil` also if it was erased.
    package static func error<Log: LogReader & ~Copyable>(
        of acknowledgement: Acknowledgement, at record: SequenceNumber, in log: borrowing Log
    ) throws(SchedulerError) -> String? {
        guard let digest = acknowledgement.error else { return nil }
        let stored: [UInt8]?
        do { stored = try log.payload(of: record) } catch { throw .log(error) }
        guard let stored else { return nil }
        guard ErrorDigest(of: stored) == digest, let text = ErrorText(stored: stored) else {
            throw .log(.damaged(at: record, detail: "its error text is not the one recorded"))
        }
        return text.text
    }
}

extension Event {
    /// The event of the same job before this one of its ticks.
    fileprivate var previous: SequenceNumber? {
        switch self {
        case .triggered(let trigger): trigger.previous
        case .acknowledged(let acknowledgement): acknowledgement.previous
        case .rescheduled(let change): change.previous
        case .skipped(let skip): skip.previous
        default: nil
        }
    }
}

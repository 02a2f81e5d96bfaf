// When each job existed, derived in the simplest way from the log's events alone, and compared with the
// replies that clients got.

import EventLog
import Jobs
import SchedulerCore

struct JobLifetimes: Sendable {
    /// One generation of a job, from its acceptance to the event that ended it.
    private struct Lifetime: Sendable {
        let generation: SequenceNumber
        var end: SequenceNumber?

        /// Whether it existed at any moment from `start` to `stop`.
        func touches(_ start: SequenceNumber, _ stop: SequenceNumber) -> Bool {
            generation <= stop && end.map { $0 > start } ?? true
        }

        /// Whether it existed the whole time from `start` to `stop`.
        func covers(_ start: SequenceNumber, _ stop: SequenceNumber) -> Bool {
            generation <= start && end.map { $0 > stop } ?? true
        }
    }

    private var lifetimes: [JobID: [Lifetime]] = [:]
    private var ids: [SequenceNumber: JobID] = [:]
    private var living: [JobID: SequenceNumber] = [:]
    /// Impossible events.
    private(set) var faults: [String] = []

    init(_ history: [Record]) {
        for record in history { add(record) }
    }

    private mutating func add(_ record: Record) {
        let sequence = record.sequence
        switch record.event.subject {
        case .accepted(let definition):
            end(definition.id, by: sequence)
            ids[sequence] = definition.id
            living[definition.id] = sequence
            lifetimes[definition.id, default: []].append(Lifetime(generation: sequence))
        case .job(let generation):
            let kind = record.event.kind
            guard kind == .deleted || kind == .triggered else { return }
            guard let id = ids[generation], living[id] == generation else {
                return faults.append("record \(sequence): \(kind.name), and it does not live")
            }
            if kind == .deleted { end(id, by: sequence) }
        case .prefix(let keyPrefix):
            let gone = living.keys.filter { $0.key.starts(with: keyPrefix) }
            if case .deletedByPrefix(let deletion) = record.event,
                gone.count != Int(clamping: deletion.count)
            {
                faults.append("record \(sequence) deletes \(deletion.count) of \(gone.count) jobs")
            }
            for id in gone { end(id, by: sequence) }
        case .writer, .route: break
        }
    }

    private mutating func end(_ id: JobID, by sequence: SequenceNumber) {
        guard living.removeValue(forKey: id) != nil, var all = lifetimes[id] else { return }
        all[all.count - 1].end = sequence
        lifetimes[id] = all
    }

    /// What is wrong with a reply. It must be true of some moment between its two heads.
    func faults(of entry: ClientLedger.Acknowledged) -> [String] {
        let wrong: [JobID]
        switch (entry.command, entry.reply) {
        case (.schedule(let plan), .scheduled):
            let id = plan.request.id
            // An identical re-registration relies on an older event; any other has its own.
            let isOld = plan.request.overwrite == .replaceUnlessIdentical
            let isThere = lifetimes[id, default: []].contains {
                isOld
                    ? $0.touches(entry.after, entry.head)
                    : $0.generation > entry.after && $0.generation <= entry.head
            }
            wrong = isThere ? [] : [id]
        case (.schedule, .rejected(.alreadyExists(let id))):
            wrong = mayLive(id, entry) ? [] : [id]
        case (.delete(let id, _), .deleted): wrong = mustLive(id, entry) ? [id] : []
        case (.get(let id), .found(let job)): wrong = mayLive(job, entry) ? [] : [id]
        case (.get(let id), .rejected(.notFound)): wrong = mustLive(id, entry) ? [id] : []
        case (.list(let prefix, let last, _), .listed(let page)):
            wrong = wronglyListed(page, prefix, after: last, entry)
        case (.deleteByPrefix(let prefix, _), .deletedByPrefix):
            wrong = lifetimes.keys.filter { prefix.contains($0) && mustLive($0, entry) }
        case (.deleteNamespace(let namespace, _), .deletedByPrefix):
            wrong = lifetimes.keys.filter {
                $0.namespace == namespace.name && mustLive($0, entry)
            }
        case (.acceptClock, .clockAccepted), (.forget, .forgotten), (_, .rejected): wrong = []
        case (_, .scheduled), (_, .deleted), (_, .found), (_, .listed), (_, .deletedByPrefix),
            (_, .clockAccepted), (_, .forgotten):
            return ["\(entry.command) was answered with \(entry.reply)"]
        }
        return wrong.sorted().map {
            "\($0.name): what was said of it up to \(entry.head) is not what the log holds"
        }
    }

    private func mayLive(_ id: JobID, _ entry: ClientLedger.Acknowledged) -> Bool {
        lifetimes[id, default: []].contains { $0.touches(entry.after, entry.head) }
    }

    private func mayLive(_ job: FoundJob, _ entry: ClientLedger.Acknowledged) -> Bool {
        lifetimes[job.id, default: []].contains {
            $0.generation == job.generation && $0.touches(entry.after, entry.head)
        }
    }

    /// Whether one generation existed from before the command until after the reply.
    private func mustLive(_ id: JobID, _ entry: ClientLedger.Acknowledged) -> Bool {
        lifetimes[id, default: []].contains { $0.covers(entry.after, entry.head) }
    }

    /// Jobs on the page that did not exist, and jobs missing from it that did.
    private func wronglyListed(
        _ page: FoundPage, _ prefix: JobPrefix, after last: JobID?,
        _ entry: ClientLedger.Acknowledged
    ) -> [JobID] {
        let listed = Set(page.jobs.map(\.id))
        let dead = page.jobs.filter { job in
            !prefix.contains(job.id) || !mayLive(job, entry) || last.map { job.id <= $0 } ?? false
        }.map(\.id)
        let end = page.hasMore ? page.jobs.last?.id : nil
        let missing = lifetimes.keys.filter { id in
            prefix.contains(id) && !listed.contains(id) && (last.map { id > $0 } ?? true)
                && (end.map { id < $0 } ?? true) && mustLive(id, entry)
        }
        return dead + missing
    }
}

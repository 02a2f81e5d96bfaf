package import EventLog
import Jobs
package import SchedulerCore

/// Searches for outcomes from the newest back.
package struct OutcomeScan: LogScan {
    private let request: OutcomeRequest
    private let limit: Int
    private var way: WayBack
    private var outcomes: [OutcomePage.Entry] = []
    /// The job of a generation, `nil` if it is not wanted. Bounded by the records read.
    private var jobs: [SequenceNumber: JobID?] = [:]

    package init(
        _ request: OutcomeRequest, head: SequenceNumber,
        budget: Int = SchedulerLimits.historyRecords
    ) {
        self.request = request
        limit = request.limit.clamped(to: OutcomeRequest.limits)
        way = WayBack(before: request.before, head: head, budget: budget)
    }

    package var isDone: Bool { outcomes.count >= limit || way.isOver }

    package var answer: Result<OutcomePage, Rejection> {
        .success(OutcomePage(outcomes: outcomes, before: way.rest))
    }

    package mutating func step<Log: LogReader & ~Copyable>(
        on log: borrowing Log
    ) throws(SchedulerError) {
        for (record, _) in try way.page(of: log) where !isDone {
            if case .acknowledged(let acknowledgement) = record.event,
                let entry = try entry(acknowledgement, record, log)
            {
                outcomes.append(entry)
            }
            way.pass(record)
        }
    }

    private mutating func entry<Log: LogReader & ~Copyable>(
        _ acknowledgement: Acknowledgement, _ record: Record, _ log: borrowing Log
    ) throws(SchedulerError) -> OutcomePage.Entry? {
        let isPossible =
            switch request.kind {
            case .failed: acknowledgement.outcome.isFailure
            case .givenUp: acknowledgement.outcome.isFailure && acknowledgement.isOfLiveJob
            case .notFound: acknowledgement.isWithoutHandler
            }
        guard isPossible, let id = try job(of: acknowledgement.generation, log) else { return nil }
        way.countRead()
        let outcome = JobOutcome(
            of: acknowledgement, at: record.time, record: record.sequence,
            trigger: try JobArchive.trigger(of: acknowledgement, in: log),
            error: try JobArchive.error(of: acknowledgement, at: record.sequence, in: log))
        if request.kind == .givenUp, !outcome.isGivenUp { return nil }
        return OutcomePage.Entry(id: id, outcome: outcome)
    }

    private mutating func job<Log: LogReader & ~Copyable>(
        of generation: SequenceNumber, _ log: borrowing Log
    ) throws(SchedulerError) -> JobID? {
        if let known = jobs[generation] { return known }
        way.countRead()
        let id = try JobArchive.definitionIfKept(of: generation, in: log)?.id
        let wanted = id.flatMap { id in request.jobs.contains { $0.contains(id) } ? id : nil }
        jobs[generation] = .some(wanted)
        return wanted
    }
}

// The calls that a jobs API makes to a scheduler. Each returns, or calls back, when its effects are
// durable; a `Rejection` means that nothing was recorded.

import EventLog
package import Jobs
package import SchedulerCore

package protocol JobsService: Sendable {
    /// The source of the rules of time zones that schedules name.
    var zones: any ZoneSource { get }

    /// Accepts a job. With `replaceUnlessIdentical` an identical job is left as it is.
    func schedule(_ plan: JobPlan) async throws(Rejection)
    /// A live job and its status.
    func get(_ id: JobID) async throws(Rejection) -> (job: StoredJob, status: JobStatus)
    /// The first `limit` jobs after `last` in the order of their names, at most
    /// `TurnLimits.pageJobsMax`.
    func list(
        _ prefix: JobPrefix, after last: JobID?, limit: Int
    ) async throws(Rejection) -> StoredPage
    /// The job does not exist afterwards; it need not have existed before.
    func delete(_ id: JobID, by caller: Caller) async throws(Rejection)
    /// None of these jobs exists afterwards. Returns how many existed before.
    func deleteAll(_ prefix: JobPrefix, by caller: Caller) async throws(Rejection) -> Int
    /// No job and no reminder of the namespace exists afterwards, or all still do. Returns how many
    /// existed before.
    func deleteAll(in namespace: JobNamespace, by caller: Caller) async throws(Rejection) -> Int
    /// Ends a hold of the clock: it is right as it is. Returns whether there was one, and whether there
    /// still is, because the clock shows what cannot be.
    func acceptClock() async throws(Rejection) -> (wasHeld: Bool, isHeld: Bool)
    /// A part of the history of a name. It is read beside the writer, without holding it up, and shows
    /// what was durable when it was read.
    func history(_ request: HistoryRequest) async throws(Rejection) -> HistoryPage
    /// Outcomes of triggers of one kind, read in the same way.
    func outcomes(_ request: OutcomeRequest) async throws(Rejection) -> OutcomePage

    /// Counts a request to schedule that was refused before it reached the scheduler.
    func countRefusedSchedule(isOfApp: Bool)
}

extension Scheduler: JobsService {
    package func schedule(_ plan: JobPlan) async throws(Rejection) {
        try await call(.schedule(plan), \.isScheduled)
    }

    package func get(
        _ id: JobID
    ) async throws(Rejection) -> (job: StoredJob, status: JobStatus) {
        try await call(.get(id), \.found)
    }

    package func list(
        _ prefix: JobPrefix, after last: JobID?, limit: Int
    ) async throws(Rejection) -> StoredPage {
        try await call(.list(prefix, after: last, limit: limit), \.listed)
    }

    package func delete(_ id: JobID, by caller: Caller) async throws(Rejection) {
        try await call(.delete(id, caller), \.isDeleted)
    }

    package func deleteAll(
        _ prefix: JobPrefix, by caller: Caller
    ) async throws(Rejection) -> Int {
        try await call(.deleteByPrefix(prefix, caller), \.deletedCount)
    }

    package func deleteAll(
        in namespace: JobNamespace, by caller: Caller
    ) async throws(Rejection) -> Int {
        try await call(.deleteNamespace(namespace, caller), \.deletedCount)
    }

    package func acceptClock() async throws(Rejection) -> (wasHeld: Bool, isHeld: Bool) {
        try await call(.acceptClock, \.clock)
    }

    package func history(_ request: HistoryRequest) async throws(Rejection) -> HistoryPage {
        do throws(Rejection) {
            return try await histories.ask { HistoryScan(request, head: $0) }.get()
        } catch .notFound(let id) {
            // A job may live of which all events are removed.
            _ = try await get(id)
            return HistoryPage(records: [], before: nil)
        }
    }

    package func outcomes(_ request: OutcomeRequest) async throws(Rejection) -> OutcomePage {
        try await histories.ask { OutcomeScan(request, head: $0) }.get()
    }

    /// Records that the beginning of the log is removed. When this returns true, it may be. False means
    /// that the age of records is in doubt, because of the clock.
    package func forget(_ forgotten: Forgotten) async throws(Rejection) -> Bool {
        try await call(.forget(forgotten), \.isForgotten)
    }

    package func countRefusedSchedule(isOfApp: Bool) {
        metrics.countRefusedSchedule(isOfApp: isOfApp)
    }

    private func call<Value: Sendable>(
        _ command: Command, _ value: @escaping @Sendable (Response) -> Value?
    ) async throws(Rejection) -> Value {
        // Never resumed if the writer fails: a checked continuation would report that as misuse.
        let result: Result<Value, Rejection> = await withUnsafeContinuation { continuation in
            call(command, value) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}

// The calls that change something, with a callback instead of a waiting task. `done` is called once, when
// the effects are durable, mostly on the writer's thread: it must return at once.
extension Scheduler {
    package typealias Done<Value> = @Sendable (Result<Value, Rejection>) -> Void

    package func schedule(_ plan: JobPlan, _ done: @escaping Done<Void>) {
        call(.schedule(plan), \.isScheduled, done)
    }

    package func delete(_ id: JobID, by caller: Caller, _ done: @escaping Done<Void>) {
        call(.delete(id, caller), \.isDeleted, done)
    }

    package func deleteAll(
        _ prefix: JobPrefix, by caller: Caller, _ done: @escaping Done<Int>
    ) {
        call(.deleteByPrefix(prefix, caller), \.deletedCount, done)
    }

    private func call<Value>(
        _ command: Command, _ value: @escaping @Sendable (Response) -> Value?,
        _ done: @escaping Done<Value>
    ) {
        submit(command) { response in
            if case .rejected(let rejection) = response { return done(.failure(rejection)) }
            guard let value = value(response) else {
                preconditionFailure("\(command) was answered with \(response)")
            }
            done(.success(value))
        }
    }
}

extension Response {
    fileprivate var isScheduled: Void? { if case .scheduled = self { () } else { nil } }
    fileprivate var isDeleted: Void? { if case .deleted = self { () } else { nil } }
    fileprivate var found: (job: StoredJob, status: JobStatus)? {
        if case .found(let job, let status) = self { (job, status) } else { nil }
    }
    fileprivate var listed: StoredPage? { if case .listed(let page) = self { page } else { nil } }
    fileprivate var clock: (wasHeld: Bool, isHeld: Bool)? {
        if case .clockAccepted(let wasHeld, let isHeld) = self { (wasHeld, isHeld) } else { nil }
    }
    fileprivate var isForgotten: Bool? {
        if case .forgotten(let isRecorded) = self { isRecorded } else { nil }
    }
    fileprivate var deletedCount: Int? {
        if case .deletedByPrefix(let count) = self { count } else { nil }
    }
}

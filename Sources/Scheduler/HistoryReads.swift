// What is past is searched on threads of their own, a few at a time: a log is long, and no turn may wait for
// a reader of it. Each page of records is read in its own transaction, so that LMDB can soon reuse old
// pages of the file.

import EventLog
import SchedulerCore
import Synchronization

final class HistoryReads: Sendable {
    /// A search that waits for a thread.
    private struct Request {
        /// Does the search, or refuses it; whoever asked gets the answer.
        let search: @Sendable () -> Void
        let refuse: @Sendable (Rejection) -> Void
    }

    private struct State {
        /// Set from the writer's boot until it stops.
        var log: (any LogReader & Sendable)?
        /// Oldest first.
        var waiting: [Request] = []
        var threads = 0
        var isStopping = false
        var failure: SchedulerError?
    }

    private let state = Mutex(State())

    /// Reads `log` from now on, until `stop`.
    func open(_ log: any LogReader & Sendable) { state.withLock { $0.log = log } }

    /// Waits for a free thread, then for the answer of the scan that begins at the head.
    func ask<Scan: LogScan>(
        _ scan: @escaping @Sendable (_ head: SequenceNumber) -> Scan
    ) async -> Result<Scan.Page, Rejection> {
        await withCheckedContinuation { waiter in
            let request = Request(
                search: { waiter.resume(returning: self.answer(scan)) },
                refuse: { waiter.resume(returning: .failure($0)) })
            var rejection: Rejection?
            let needsThread = state.withLock { state in
                if state.isStopping { rejection = .stopping }
                if state.waiting.count >= SchedulerLimits.waitingHistoriesMax {
                    rejection = .overloaded
                }
                guard rejection == nil else { return false }
                state.waiting.append(request)
                guard state.threads < SchedulerLimits.historyThreadsMax else { return false }
                state.threads += 1
                return true
            }
            if let rejection { request.refuse(rejection) }
            if needsThread && !DedicatedThread.start(work) { giveUp() }
        }
    }

    /// Refuses waiting requests and cancels running reads. After this returns the log is no longer read
    /// and can be closed.
    func stop() {
        state.withLock { $0.isStopping = true }
        refuseWaiting(.stopping)
        while state.withLock({ $0.threads > 0 }) {
            WallClock.pause(SchedulerLimits.historyStopPause)
        }
        state.withLock { $0.log = nil }
    }

    /// Throws if a read has found damage: nothing more may be written to a damaged log.
    func check() throws(SchedulerError) {
        if let failure = state.withLock(\.failure) { throw failure }
    }

    private func refuseWaiting(_ rejection: Rejection) {
        let refused = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for request in refused { request.refuse(rejection) }
    }

    /// No thread could be created. If no other thread is running, waiting requests are refused.
    private func giveUp() {
        let isAlone = state.withLock { state in
            state.threads -= 1
            return state.threads == 0
        }
        if isAlone { refuseWaiting(.unavailable) }
    }

    // MARK: On a thread

    private func work() {
        while let next = next() { next.search() }
    }

    /// The next request for this thread; `nil` ends the thread, which is then no longer counted.
    private func next() -> Request? {
        state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.threads -= 1
            return nil
        }
    }

    private func answer<Scan: LogScan>(
        _ scan: (SequenceNumber) -> Scan
    ) -> Result<Scan.Page, Rejection> {
        guard let log = state.withLock({ $0.isStopping ? nil : $0.log }) else {
            return .failure(.stopping)
        }
        do throws(SchedulerError) {
            let head = try HistoryReads.again { () throws(SchedulerError) in
                do throws(LogError) { return try log.head() } catch { throw .log(error) }
            }
            var scan = scan(head.last)
            while !scan.isDone {
                if state.withLock(\.isStopping) { return .failure(.stopping) }
                try HistoryReads.again { () throws(SchedulerError) in try scan.step(on: log) }
            }
            return scan.answer
        } catch {
            if error.isDamage { state.withLock { $0.failure = $0.failure ?? error } }
            return .failure(.unavailable)
        }
    }

    /// Tries a failed read again. LMDB reads the number of the newest commit and then its page; a thread
    /// that is suspended in between for two commits sees a page that does not belong to the number.
    private static func again<Value>(
        _ read: () throws(SchedulerError) -> Value
    ) throws(SchedulerError) -> Value {
        for _ in 1..<SchedulerLimits.historyAttempts {
            if let value = try? read() { return value }
        }
        return try read()
    }
}

extension SchedulerError {
    /// Otherwise the failure is temporary, such as a full table of readers.
    fileprivate var isDamage: Bool {
        switch self {
        case .corruptHistory, .log(.damaged), .log(.broken): true
        case .log(.locked), .log(.superseded), .log(.notStored), .log(.cannotOpen),
            .log(.unknownFormat):
            false
        }
    }
}

// A boot uses two threads: one reads the log, verifies checksums and seals and decodes; the other folds.
// Errors are reported in the order of the log, after all records before them.

import EventLog
import Jobs
import Synchronization

/// Consecutive records that have passed every check.
struct CheckedPage: Sendable {
    enum End: Sendable {
        case head
        case failure(SchedulerError)
    }

    var records: [Record] = []
    /// Why no records follow these; `nil` if there may be more.
    var end: End?
}

/// The pages of a log, read by a separate thread while earlier pages are folded. At most
/// `bootPagesAhead` pages wait.
final class ReadAhead: Sendable {
    private struct State: Sendable {
        /// Taken by the thread when it starts.
        var reads: CheckedReads?
        /// Oldest first.
        var pages: [CheckedPage] = []
        var isStopping = false
        /// The thread no longer uses the log.
        var isOver = false
    }

    private let state: Mutex<State>
    /// Rung when a page was added, and when the thread ends.
    private let pageAdded = Doorbell()
    /// Rung when a page was taken, and when the thread must stop.
    private let pageTaken = Doorbell()

    /// Begins to read the records after `seal` up to `head`. `stop` must be called.
    init(_ log: any LogReader & Sendable, after seal: Seal, to head: Seal) {
        state = Mutex(State(reads: CheckedReads(log, after: seal, to: head)))
        let isStarted = DedicatedThread.start { [self] in
            read()
            state.withLock { $0.isOver = true }
            pageAdded.ring()
        }
        precondition(isStarted, "there is no thread to read the log")
    }

    /// Waits for the next page. Must not be called again after a page with an end.
    func next() -> CheckedPage {
        while true {
            let page = state.withLock { $0.pages.isEmpty ? nil : $0.pages.removeFirst() }
            if let page {
                pageTaken.ring()
                return page
            }
            pageAdded.wait(SchedulerLimits.sleepMax)
        }
    }

    /// After this returns the log is no longer read and can be closed.
    func stop() {
        state.withLock { $0.isStopping = true }
        pageTaken.ring()
        while !state.withLock(\.isOver) { pageAdded.wait(SchedulerLimits.sleepMax) }
    }

    // MARK: On the thread

    private func read() {
        guard var reads = state.withLock({ $0.reads.take() }) else { return }
        while true {
            let page = reads.next()
            guard put(page), page.end == nil else { return }
        }
    }

    /// Waits for room. False if the reading must stop.
    private func put(_ page: CheckedPage) -> Bool {
        while true {
            let isPut: Bool? = state.withLock { state in
                if state.isStopping { return false }
                guard state.pages.count < SchedulerLimits.bootPagesAhead else { return nil }
                state.pages.append(page)
                return true
            }
            if isPut == true { pageAdded.ring() }
            if let isPut { return isPut }
            pageTaken.wait(SchedulerLimits.sleepMax)
        }
    }
}

/// Reads a log from one seal to another and reports the first damaged record or seal.
private struct CheckedReads: Sendable {
    private let log: any LogReader & Sendable
    private let head: SequenceNumber
    private var position: SequenceNumber
    private var check: SealCheck

    init(_ log: any LogReader & Sendable, after seal: Seal, to head: Seal) {
        self.log = log
        self.head = head.last
        position = seal.last
        check = SealCheck(after: seal)
    }

    mutating func next() -> CheckedPage {
        var page = CheckedPage()
        do throws(SchedulerError) {
            if position < head {
                let stored = try read()
                page.records.reserveCapacity(stored.count)
                for index in 0..<stored.count {
                    page.records.append(try stored.record(at: index))
                }
            }
            if position >= head {
                do { try check.finish() } catch { throw .log(error) }
                page.end = .head
            }
        } catch {
            page.end = .failure(error)
        }
        return page
    }

    private mutating func read() throws(SchedulerError) -> RecordBatch {
        do throws(LogError) {
            let page = try log.read(after: position, limit: SchedulerLimits.bootPageRecords)
            guard !page.records.isEmpty else {
                throw .damaged(at: position.next, detail: "the record is missing")
            }
            try check.add(page)
            position = page.records.last
            return page.records
        } catch {
            throw .log(error)
        }
    }
}

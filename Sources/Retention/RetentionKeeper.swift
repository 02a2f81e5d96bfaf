// Removes the beginning of a live log, a segment at a time: writes it into the archive, if there is one, makes
// the base on which the rest will stand, records the removal, and only then removes. A process that dies in
// between leaves a base that is made again, or a segment that is removed the next time.

import Archives
package import EventLog
import Failpoints
package import Jobs
package import LMDBLog
package import Logging
import Scheduler
import ServiceLifecycle
import Synchronization
package import Telemetry

package final class RetentionKeeper: Service {
    /// Records a removal; false if it may not be made now. Throws if that is unknown.
    package typealias Record = @Sendable (Forgotten) async throws -> Bool

    private let rules: RetentionRules
    /// Where a segment is kept before it is removed; `nil` if it is not.
    private let archive: String?
    private let logger: Logger
    private let record: Record
    private let state = Mutex(State())

    private struct State {
        var store: SegmentStore?
        /// When the last turn of the process before was taken, until that has been looked at.
        var lastSeen: Timestamp?
        /// Nothing is removed before: the machine was off for long, and its clock may be wrong.
        var quietUntil = Timestamp.earliest
        /// What was last told of a failure.
        var failure: String?
        /// When the last turn of what is removed was taken.
        var oldest: Timestamp?
        var removed: UInt64 = 0
        var failures: UInt64 = 0
        /// How long the last base has taken.
        var baseSeconds: Double?
    }

    package init(
        _ rules: RetentionRules, archive: String?, logger: Logger, record: @escaping Record
    ) {
        self.rules = rules
        self.archive = archive
        self.logger = logger
        self.record = record
    }

    /// Without one if nothing is ever removed.
    package var metricFamilies: [MetricFamily] {
        guard isNeeded else { return [] }
        let seen = state.withLock { state in
            (state.oldest, state.removed, state.failures, state.baseSeconds)
        }
        return [
            .counter(
                "daybook_retention_removed_total", "Segments removed as too old, or too much.",
                seen.1
            ),
            .counter(
                "daybook_retention_failures_total", "Segments that could not be removed.", seen.2),
            .gauge(
                "daybook_retention_begins_timestamp_seconds",
                "When the last turn of what is removed was taken.",
                seen.0.map { Double($0.rawValue) / 1e9 }),
            .gauge(
                "daybook_retention_base_seconds", "How long it took to make the last base.",
                seen.3),
        ]
    }

    /// Whether anything is ever removed; only then it need run.
    package var isNeeded: Bool { rules.isOn }

    /// The log is open, and nothing has been written yet: `store` has its segments.
    package func open(_ store: SegmentStore) throws(LogError) {
        guard isNeeded else { return }
        let head = try store.reader.head()
        let origin = try store.reader.origin()
        state.withLock { state in
            state.store = store
            state.oldest = origin.last == .zero ? nil : origin.time
            state.lastSeen = head.last == .zero ? nil : head.time
        }
    }

    /// Looks every minute, until graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await look()
                try? await Task.sleep(for: RetentionLimits.pause)
            }
        }
        state.withLock { $0.store = nil }
    }

    /// Removes the oldest segment if the rules say so.
    private func look() async {
        guard let store = state.withLock(\.store) else { return }
        do {
            tell(try await removeOldest(of: store))
        } catch {
            state.withLock { $0.failures += 1 }
            tell("\(error)")
        }
    }

    /// Returns why it could not be removed though it should be.
    private func removeOldest(of store: SegmentStore) async throws -> String? {
        let head = try store.reader.head()
        let (sealed, quietUntil) = (store.sealed, quietUntil(after: head.time))
        switch rules.verdict(on: sealed, active: store.activeBytes, at: head.time) {
        case .oneOfTheLast, .kept: return nil
        case .tooOld, .tooMuch: break
        }
        guard head.time >= quietUntil else { return "the machine was off for long" }
        // Safe because the verdict is about the first.
        let oldest = sealed.first!
        let archived = try await DedicatedThread.run { [archive] () throws(LogError) in
            try archive.map { directory throws(LogError) in
                try store.archive(oldest, in: directory)
            }
        }
        let began = ContinuousClock.now
        let digest = try await DedicatedThread.run { () throws(LogError) in
            try BaseMaker.makeBase(of: store.reader, upTo: oldest.end, in: store)
        }
        let made = ContinuousClock.now - began
        let forgotten = Forgotten(
            through: oldest.end.last, digest: oldest.end.digest, baseDigest: digest,
            archive: archived.map { Forgotten.Archive(name: $0.name, digest: $0.digest) })
        guard try await record(forgotten) else { return "the clock is in doubt" }
        Failpoint.forgottenRecorded.hit()
        try await DedicatedThread.run { () throws(LogError) in try store.removeFirst() }
        state.withLock { state in
            state.oldest = oldest.end.time
            state.removed += 1
            state.baseSeconds = made / .seconds(1)
        }
        logger.notice(
            "the beginning of the log is removed",
            metadata: [
                "through": "\(oldest.end.last)", "bytes": "\(oldest.bytes)",
                "took": "\((ContinuousClock.now - began) / .milliseconds(1)) ms",
            ])
        return nil
    }

    /// Until when nothing is removed. `time` is that of the last turn.
    private func quietUntil(after time: Timestamp) -> Timestamp {
        state.withLock { state in
            if let lastSeen = state.lastSeen.take(), let age = rules.age,
                Duration.nanoseconds(time.nanoseconds(since: lastSeen))
                    > age / RetentionLimits.gapShare
            {
                state.quietUntil = time.clampedAdding(RetentionLimits.quiet)
            }
            return state.quietUntil
        }
    }

    /// Once for each reason in a row.
    private func tell(_ failure: String?) {
        let isNew = state.withLock { state in
            defer { state.failure = failure }
            return state.failure != failure
        }
        guard isNew, let failure else { return }
        logger.warning(
            "the beginning of the log is to be removed, and cannot be",
            metadata: ["reason": "\(failure)"])
    }
}

extension SegmentStore {
    /// Writes the oldest segment into an archive.
    fileprivate func archive(
        _ oldest: SealedSegment, in directory: String
    ) throws(LogError) -> ArchivedSegment {
        let origin = try reader.origin()
        let header = ArchiveHeader(
            identity: identity, created: created, previous: origin, end: oldest.end,
            hasBase: origin.last > .zero)
        return try ArchiveWriter.write(header, base: try baseFile(), into: directory) {
            last, end, bytes throws(LogError) in
            try turns(after: last, through: end, bytes: bytes)
        }
    }
}

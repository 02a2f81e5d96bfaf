// How a writer starts: it loads the checkpoint if there is one, folds the log after it and records that
// it is the writer now. The part of the log before the checkpoint is checked later, in the background.

import Checkpoints
package import EventLog
import Failpoints
import JobState
package import Jobs
import Logging
import SchedulerCore

/// What was found during a boot, and how long it took.
package struct BootReport: Sendable {
    package let bootID: BootID
    package let jobs: Int
    package let inFlight: Int
    package let head: SequenceNumber
    /// The last record of the checkpoint, if there was one.
    package let checkpoint: SequenceNumber?
    package let isAfterCleanClose: Bool
    /// From opening the log to being the writer, in nanoseconds.
    package let nanoseconds: Int64
}

extension Writer where Log: ~Copyable {
    /// Folds the log from its checkpoint on, or all of it, checks every seal on the way and records
    /// that this process is the writer now.
    mutating func boot(bootID: BootID, softwareVersion: String) throws(SchedulerError)
        -> BootReport
    {
        let began = WallClock.monotonic
        metrics.liveness.enter(.folding)
        Failpoint.logOpened.hit()
        let origin: Seal
        do throws(LogError) { origin = try log.origin() } catch { throw .log(error) }
        let checkpoint = loadCheckpoint(behind: origin.last)
        Failpoint.checkpointRead.hit()
        var fold = LogFold()
        try fold.run(over: log, from: checkpoint, metrics.liveness)
        if let checkpoint { scrub = Scrub(from: origin, upTo: checkpoint.seal) }
        let isClean = fold.projection.isClosed || fold.projection.head == .zero
        cycle = TurnCycle(continuing: fold.projection)
        head = fold.projection.head
        let last: Timestamp?
        do { last = head == .zero ? nil : try log.head().time } catch { throw .log(error) }
        clock = LogClock(at: WallClock.reading, after: last, jumpMax: clockJumpMax)
        Failpoint.logFolded.hit()
        let turn = cycle.open(
            bootID: bootID, softwareVersion: softwareVersion, changedRules: changedRules(),
            now: clock.now)
        do throws(LogError) {
            do throws(LogError) {
                try makeDurable(turn)
            } catch .notStored(.full, _) {
                // The log has just released its ballast, so the records of a boot fit now.
                try makeDurable(turn)
            }
        } catch {
            throw .log(error)
        }
        Failpoint.openedRecorded.hit()
        let releases = cycle.stored(turn)
        precondition(releases.isEmpty, "the first turn of a process replied or sent something")
        for input in note(clock.start(at: WallClock.reading)) { inbox.put(input) }
        let nanoseconds = WallClock.monotonic - began
        metrics.sample(cycle.machine, clock.now)
        metrics.booted(in: nanoseconds)
        let projection = cycle.machine.projection
        return BootReport(
            bootID: bootID, jobs: projection.rows.count,
            inFlight: projection.inFlight.count, head: head,
            checkpoint: checkpoint?.seal.last, isAfterCleanClose: isClean,
            nanoseconds: nanoseconds)
    }

    /// The checkpoint to boot from; `nil` also if it cannot be used.
    private mutating func loadCheckpoint(behind origin: SequenceNumber) -> Checkpoint? {
        guard let checkpoints else { return nil }
        checkpoints.file.removeUnfinished()
        var usable: Checkpoint?
        switch checkpoints.file.load(of: log.identity) {
        case .nothing: break
        case .unusable(let reason):
            logger.warning(
                "the checkpoint cannot be used; the whole log is read",
                metadata: ["reason": "\(reason)"])
        case .checkpoint(let checkpoint) where checkpoint.seal.last == .zero:
            logger.warning("the checkpoint stands on no record; the whole log is read")
        case .checkpoint(let checkpoint) where checkpoint.seal.last < origin:
            logger.warning("the checkpoint stands before the log begins; the whole log is read")
        case .checkpoint(let checkpoint): usable = checkpoint
        }
        keeper = CheckpointKeeper(
            checkpoints, log: log.identity, position: usable?.seal.last ?? .zero,
            logger: logger)
        return usable
    }

    /// The current rules of the log's zones, where they differ from the log's. A zone that cannot be
    /// read any more keeps its rules.
    private func changedRules() -> [ZoneRules] {
        var changed: [ZoneRules] = []
        for (zone, known) in cycle.machine.projection.zones.sorted(by: { $0.key < $1.key }) {
            do throws(ZoneSourceError) {
                let rules = try zones.rules(of: zone)
                guard try rules.table() != known else { continue }
                logger.notice("the rules of a time zone changed", metadata: ["zone": "\(zone)"])
                changed.append(rules)
            } catch {
                logger.warning(
                    "a time zone keeps the rules in the log", metadata: ["reason": "\(error)"])
            }
        }
        return changed
    }
}

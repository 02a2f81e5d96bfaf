// Writes a checkpoint when enough records have followed the last one, never by time. The writer only
// hands over a copy of its state, which is cheap; a separate thread writes one checkpoint at a time.

package import Checkpoints
import EventLog
import JobState
import Logging
import Synchronization

/// Where checkpoints are kept and how often they are written.
package struct Checkpointing: Sendable {
    package let file: CheckpointFile
    /// Number of records after a checkpoint at which the next one is written, or the number of jobs
    /// if that is larger.
    package let interval: UInt64

    package init(file: CheckpointFile, interval: UInt64 = 250_000) {
        self.file = file
        self.interval = interval
    }
}

final class CheckpointKeeper: Sendable {
    private struct State {
        /// The last record of the latest checkpoint, including one that is being written.
        var position: SequenceNumber
        var isWriting = false
        var isStopping = false
        /// Whether the last one could not be written; that was reported.
        var hasFailed = false
    }

    private let options: Checkpointing
    private let log: LogID
    private let logger: Logger
    private let state: Mutex<State>

    /// `position` is the last record of the checkpoint that the boot used; zero if there was none.
    init(_ options: Checkpointing, log: LogID, position: SequenceNumber, logger: Logger) {
        self.options = options
        self.log = log
        self.logger = logger
        state = Mutex(State(position: position))
    }

    /// Begins a checkpoint of `projection`, the state as of `seal`, if one is due.
    func offer(_ projection: borrowing JobProjection, at seal: Seal) {
        let interval = max(options.interval, UInt64(projection.rows.count))
        let isDue = state.withLock { state in
            let tail = seal.last.rawValue - state.position.rawValue
            guard !state.isWriting, !state.isStopping, tail >= interval else { return false }
            state.isWriting = true
            state.position = seal.last
            return true
        }
        guard isDue else { return }
        let checkpoint = Checkpoint(projection: copy projection, seal: seal, log: log)
        if !DedicatedThread.start({ self.write(checkpoint) }) {
            end(failure: "there is no thread for it")
        }
    }

    /// Cancels the checkpoint that is being written, if any. Nothing is written after this returns.
    func stop() {
        state.withLock { $0.isStopping = true }
        while state.withLock(\.isWriting) { WallClock.pause(SchedulerLimits.checkpointStopPause) }
    }

    private func write(_ checkpoint: Checkpoint) {
        let began = WallClock.monotonic
        do {
            let bytes = try options.file.save(checkpoint) { self.state.withLock(\.isStopping) }
            guard let bytes else { return end(failure: nil) }
            logger.info(
                "a checkpoint is written",
                metadata: [
                    "at": "\(checkpoint.seal.last)", "bytes": "\(bytes)",
                    "took": "\((WallClock.monotonic - began) / 1_000_000) ms",
                ])
            end(failure: nil)
        } catch {
            end(failure: error.reason)
        }
    }

    /// Reports only the first of several failures in a row.
    private func end(failure: String?) {
        let isFirst = state.withLock { state in
            state.isWriting = false
            defer { state.hasFailed = failure != nil }
            return !state.hasFailed
        }
        guard let failure, isFirst else { return }
        logger.warning(
            "no checkpoint could be written; the next start will take longer",
            metadata: ["reason": "\(failure)"])
    }
}

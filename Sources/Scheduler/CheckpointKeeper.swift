// When checkpoints are written: as the tail behind the last one grows, never by time. The writer
// only hands over a copy of its state, which costs it next to nothing; a thread of its own does the
// work, one checkpoint at a time.

package import Checkpoints
import EventLog
import JobState
import Logging
import Synchronization

/// Where checkpoints are kept, and how often they are written.
package struct Checkpointing: Sendable {
    package let file: CheckpointFile
    /// Records behind a checkpoint that make the next one worth its writing, unless there are more
    /// jobs than that.
    package let interval: UInt64

    package init(file: CheckpointFile, interval: UInt64 = 250_000) {
        self.file = file
        self.interval = interval
    }
}

final class CheckpointKeeper: Sendable {
    private struct State {
        /// The record the last checkpoint stands on, or the one being written.
        var position: SequenceNumber
        var isWriting = false
        var isStopping = false
        /// Whether the last one could not be written, which was reported.
        var hasFailed = false
    }

    private let options: Checkpointing
    private let log: LogID
    private let logger: Logger
    private let state: Mutex<State>

    /// `position` is where the checkpoint stands that the boot used; zero if there was none.
    init(_ options: Checkpointing, log: LogID, position: SequenceNumber, logger: Logger) {
        self.options = options
        self.log = log
        self.logger = logger
        state = Mutex(State(position: position))
    }

    /// Begins a checkpoint of `projection`, which stands at `seal`, if it is worth it.
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

    /// Gives up the checkpoint that is being written, if there is one. When this returns nothing is
    /// written any more.
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

    /// Of several failures in a row only the first is reported.
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

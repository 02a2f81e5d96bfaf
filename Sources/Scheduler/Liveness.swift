// Whether the writer is alive, the progress of its boot and its phase. The writer writes and any thread
// reads; the values are independent, so no lock is needed.

package import EventLog
import Synchronization

/// Liveness of a scheduler's writer.
package final class Liveness: Sendable {
    package enum Phase: UInt8, Sendable, AtomicRepresentable {
        /// The log is not open yet. → folding
        case opening
        /// The log is being read, from its checkpoint or its beginning. → serving
        case folding
        /// Commands are taken. → stopping
        case serving
        /// Only answers are taken. → stopped
        case stopping
        /// The log is closed, or broken.
        case stopped
    }

    private let silenceMax: Int64
    private let storedPhase = Atomic<Phase>(.opening)
    private let lastBeat = Atomic<Int64>(WallClock.monotonic)
    private let folded = Atomic<UInt64>(0)
    private let foldEnd = Atomic<UInt64>(0)
    private let storedScrubbed = Atomic<UInt64>(0)
    private let clockHeld = Atomic<Bool>(false)

    init(silenceMax: Int64) { self.silenceMax = silenceMax }

    package var phase: Phase { storedPhase.load(ordering: .relaxed) }

    /// The last record folded, and the head of the log at the start.
    package var progress: (folded: UInt64, of: UInt64) {
        (folded.load(ordering: .relaxed), foldEnd.load(ordering: .relaxed))
    }

    /// The last record checked in the background, up to the checkpoint that the boot used.
    package var scrubbed: SequenceNumber {
        SequenceNumber(storedScrubbed.load(ordering: .relaxed))
    }

    /// How long the writer has shown no progress, in nanoseconds.
    package var silence: Int64 { max(0, WallClock.monotonic - lastBeat.load(ordering: .relaxed)) }

    /// False when the writer hangs: it wakes at least once a second, and a sync does not take as long
    /// as `silenceMax`.
    package var isAlive: Bool { silence < silenceMax }

    /// Whether the wall clock is not believed, so that nothing is triggered.
    package var isClockHeld: Bool { clockHeld.load(ordering: .relaxed) }

    func holdClock(_ isHeld: Bool) { clockHeld.store(isHeld, ordering: .relaxed) }

    /// Whether commands are taken, and answered.
    package var isServing: Bool { phase == .serving && isAlive }

    func enter(_ phase: Phase) { storedPhase.store(phase, ordering: .relaxed) }

    func beat() { lastBeat.store(WallClock.monotonic, ordering: .relaxed) }

    func scrubbed(_ sequence: SequenceNumber) {
        storedScrubbed.store(sequence.rawValue, ordering: .relaxed)
    }

    func folded(_ sequence: SequenceNumber, of end: SequenceNumber) {
        folded.store(sequence.rawValue, ordering: .relaxed)
        foldEnd.store(end.rawValue, ordering: .relaxed)
        beat()
    }
}

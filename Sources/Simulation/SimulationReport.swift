package import Audit

/// The faults of a simulated world. None of them may lose a tick.
package enum Fault: UInt8, Tallied {
    /// The process died between any two of its effects.
    case crash = 1
    /// A turn was refused and undone.
    case refusal
    /// An append failed without saying whether the turn was stored, and it was. The process ended.
    case unknownOutcome
    /// The same, but the turn was not stored: it was lost before the sync.
    case forgottenTurn
    /// Another process took over the log while this one still wrote: its append failed, and it ended.
    case superseded
    /// The process stalled for a while and took no turns.
    case stall
    /// A receiver was lost.
    case outage
    /// An app died, and the connections of all it had in flight broke.
    case deadApp
    /// A job killed its app, as it always does.
    case poison
    /// The free space on the disk became low, critical or none.
    case disk
    /// The wall clock jumped, forwards or back.
    case clockJump
    /// An app answered that it failed or that the trigger is dropped.
    case failedAnswer
    /// An app took a hundred times as long as usual.
    case lateAnswer
    /// An app answered twice: success, then failure.
    case secondAnswer
    /// An app never answered.
    case noAnswer
    /// A call timed out; half of these apps still answer afterwards.
    case timeout
    /// The connection broke after the app had done its work and before it answered.
    case cutAnswer
    /// An app answered with the id of another trigger.
    case wrongAnswer
    /// An answer came after its process had died or its stream had closed.
    case lostAnswer
    /// A reply to a client was lost; the client repeats its command.
    case lostReply
    /// A bit of a checkpoint was flipped.
    case damagedCheckpoint
}

package struct SimulationReport: Sendable {
    package struct Counts: Sendable {
        package var turns = 0
        package var boots = 0
        /// Boots from a checkpoint.
        package var continued = 0
        package var deliveries = 0
        package var commands = 0
        package var limits = 0
        /// Commands whose reply reached its client.
        package var acknowledged = 0
        /// Rushes that followed a quiet phase.
        package var rushes = 0
        package var faults = Tally<Fault>()

        package init() {}
    }

    package let seed: UInt64
    package let counts: Counts
    package let audit: AuditReport
    /// Keys that reached an app more than once.
    package let repeatedKeys: Int
    package let violations: Violations
}

/// What must never happen; empty in a good run.
package struct Violations: Sendable {
    /// Ticks that were missed or still wait, and acknowledged commands that have no effect.
    package internal(set) var losses: [String] = []
    /// Unrecorded or unexplained deliveries.
    package internal(set) var repeats: [String] = []
    package internal(set) var others: [String] = []

    package var all: [String] { losses + repeats + others }
}

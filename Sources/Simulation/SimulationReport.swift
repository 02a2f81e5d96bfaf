package import Audit

/// What goes wrong in a simulated world. None of it may lose a tick.
package enum Fault: UInt8, Tallied {
    /// The process died, between any two of its effects.
    case crash = 1
    /// A turn was refused and taken back.
    case refusal
    /// An append failed and left open whether the turn is stored, and it is. The process ended.
    case unknownOutcome
    /// The same, and the turn is not stored: the log forgot what was not synced.
    case forgottenTurn
    /// Another process had taken the log while this one still wrote: it was told so, and ended.
    case superseded
    /// The process stood still for a while: no turn, whatever came.
    case stall
    /// A receiver was lost.
    case outage
    /// An app died, and the connections of all it had in flight broke.
    case deadApp
    /// A job killed its app, as it always does.
    case poison
    /// The room on the disk became less, or none.
    case disk
    /// The wall clock jumped, forwards or back.
    case clockJump
    /// An app said no.
    case failedAnswer
    /// An app took a hundred times as long as it should.
    case lateAnswer
    /// An app answered twice, yes and no.
    case secondAnswer
    /// An app never answered.
    case noAnswer
    /// An app's time was up; half of these answer all the same, afterwards.
    case timeout
    /// The connection broke when the app had done its work, before it could say so.
    case cutAnswer
    /// An app answered to another trigger than it was sent.
    case wrongAnswer
    /// An answer came when nobody was there to hear it.
    case lostAnswer
    /// A reply to a client got lost; it repeats its wish.
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
        /// Rushes that came after a quiet time.
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

/// What must never be; empty in a good run.
package struct Violations: Sendable {
    /// Ticks that were missed, or that wait for nothing, and acknowledged wishes that are gone.
    package internal(set) var losses: [String] = []
    /// Deliveries of a tick that nothing asked for.
    package internal(set) var repeats: [String] = []
    package internal(set) var others: [String] = []

    package var all: [String] { losses + repeats + others }
}

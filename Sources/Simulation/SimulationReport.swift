package import Audit

/// What goes wrong in a simulated world. None of it may lose a tick.
package enum Fault: UInt8, Tallied {
    /// The process died, between any two of its effects.
    case crash = 1
    /// A turn was refused and taken back.
    case refusal
    /// An append failed and left open whether the turn is stored. The process ended.
    case unknownOutcome
    /// A receiver was lost.
    case outage
    /// The room on the disk became less, or none.
    case disk
    /// The wall clock jumped, forwards or back.
    case clockJump
    /// An app said no, answered far too late, twice, or not at all.
    case answer
    /// An answer came when nobody was there to hear it.
    case lostAnswer
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

/// Why the wall clock is believed again.
package enum ClockRelease: UInt8, Sendable, CaseIterable {
    /// It shows about the time that was expected.
    case returned = 1
    /// It has advanced evenly for long enough.
    case steady = 2
    /// An operator said so.
    case accepted = 3
}

import EventLog

/// An instant and its place in the log.
struct Moment: Sendable {
    var sequence = SequenceNumber.zero
    var time = Timestamp.earliest

    /// Whether an attempt due at `due` had to wait for it. One that waits since a later event, such
    /// as the acceptance of its job, did not, however long ago its tick was due.
    func held(_ event: SequenceNumber, due: Timestamp) -> Bool {
        event < sequence && due < time
    }

    /// The clock was put back to `now`: what came due since then did not wait for it.
    mutating func turnBack(to now: Timestamp) { time = min(time, now) }
}

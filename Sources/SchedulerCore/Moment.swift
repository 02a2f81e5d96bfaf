import EventLog

/// An instant and its place in the log.
struct Moment: Sendable {
    var sequence = SequenceNumber.zero
    var time = Timestamp.earliest

    /// Whether an attempt due at `due` had to wait for it. A job that was accepted later did not,
    /// however long ago its tick was due.
    func held(_ generation: SequenceNumber, due: Timestamp) -> Bool {
        generation < sequence && due < time
    }
}

// Deliveries beyond the first of a tick. At-least-once allows one after a delivery that was lost,
// may have been lost, or was answered with a failure; whether the app saw the tick twice is known
// only where it answered twice.

package import EventLog
package import Jobs

/// A tick that was triggered once more, so that the app may have seen it twice.
package struct PossibleDuplicate: Sendable, Equatable {
    /// Why it was triggered again.
    package enum Cause: UInt8, Tallied {
        /// The process died with the trigger in flight.
        case crash = 1
        /// The stream closed with the trigger in flight, or the app said that it goes away.
        case abandoned
        /// The connection to the app broke before it answered.
        case broken
        /// It never reached the app, as far as the caller knows.
        case undeliverable
        /// The app answered with a failure.
        case failed
        /// No answer came, or one without a code.
        case lostAnswer
        case timedOut
        /// Nothing asked for it.
        case unexplained
    }

    package var generation: SequenceNumber
    package var job: JobID
    package var tick: UInt64
    /// `nil` if the tick was over.
    package var first: TriggerID?
    package var again: TriggerID
    package var cause: Cause
    /// The app answered this delivery, and had answered one of the tick before it, which need not
    /// be `first`. Otherwise it only possibly saw the tick twice.
    package var isSure = false

    /// Whether at-least-once allows it.
    package var isAllowed: Bool { cause != .unexplained }
}

/// The possible duplicates so far: the first ones whole, all of them counted.
struct Duplicates {
    private let limit: Int
    private(set) var listed: [PossibleDuplicate] = []
    private(set) var counts = Tally<PossibleDuplicate.Cause>()
    private(set) var sureCount = 0

    init(limit: Int) { self.limit = limit }

    /// Returns its place in the list, if it has one.
    mutating func add(_ duplicate: PossibleDuplicate) -> Int? {
        counts.add(duplicate.cause)
        guard listed.count < limit else { return nil }
        listed.append(duplicate)
        return listed.count - 1
    }

    mutating func confirm(_ place: Int?) {
        sureCount += 1
        if let place { listed[place].isSure = true }
    }
}

extension Acknowledgement {
    /// Whether only the app can have said this. Codes of gRPC, and none, are also given to calls
    /// that broke off.
    var isFromApp: Bool {
        switch outcome {
        case .succeeded, .dropped: true
        case .failed, .late: code >= 100
        case .timedOut, .undeliverable, .abandoned: false
        }
    }
}

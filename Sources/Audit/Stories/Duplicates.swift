// Deliveries of a tick after its first. At-least-once delivery allows another one after a delivery that was
// lost, may have been lost, or was answered with a failure. Whether the app saw the tick twice is certain
// only if it answered twice.

package import EventLog
package import Jobs

/// A tick that was triggered again, so that the app may have seen it twice.
package struct PossibleDuplicate: Sendable, Equatable {
    /// Why it was triggered again.
    package enum Cause: UInt8, Tallied {
        /// The process died with the trigger in flight.
        case crash = 1
        /// The stream closed with the trigger in flight, or the app announced that it is shutting down.
        case abandoned
        /// The connection to the app broke before it answered.
        case broken
        /// It never reached the app, as far as the caller knows.
        case undeliverable
        /// The app answered with a failure.
        case failed
        /// It failed without a code, as sidecars report it: for an answer of the app, or for none.
        case sidecarFailed
        case timedOut
        /// No recorded reason.
        case unexplained
    }

    package var generation: SequenceNumber
    package var job: JobID
    package var tick: UInt64
    /// The trigger before it; `nil` if the tick was over.
    package var first: TriggerID?
    package var again: TriggerID
    package var cause: Cause
    /// Whether the app answered this delivery and an earlier one of the tick, not necessarily `first`.
    /// Otherwise it may have seen the tick only once.
    package var isSure = false

    /// Whether at-least-once delivery allows it.
    package var isAllowed: Bool { cause != .unexplained }
}

/// The possible duplicates so far: the first ones are listed, all are counted.
struct Duplicates {
    private let limit: Int
    private(set) var listed: [PossibleDuplicate] = []
    private(set) var counts = Tally<PossibleDuplicate.Cause>()
    private(set) var sureCount = 0

    init(limit: Int) { self.limit = limit }

    /// Returns its index in the list; `nil` if it is not listed.
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
    /// Whether this is certainly an answer of the app. A gRPC code, or none, may also come from a broken
    /// call.
    var isFromApp: Bool {
        switch outcome {
        case .succeeded, .dropped: true
        case .failed, .late: code >= 100
        case .timedOut, .undeliverable, .abandoned: false
        }
    }
}

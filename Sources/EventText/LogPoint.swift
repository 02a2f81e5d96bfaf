// A place in a log, given as a sequence number or an instant. Clocks may be set back, so an instant
// can lie between more than one pair of turns. "From an instant" means from the first turn taken
// then or later; "up to an instant" means up to the last turn taken then or earlier. So nothing
// recorded between two instants is left out; if a clock was set back, more may be included.

package import EventLog
import Jobs

package enum LogPoint: Equatable, Sendable {
    case record(SequenceNumber)
    case instant(Timestamp)

    /// Parses a sequence number in digits, or an instant in RFC 3339. Throws a description of what
    /// is wrong.
    package static func parse(_ text: String) throws(InvalidLogPoint) -> LogPoint {
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt64(text)
        {
            return .record(SequenceNumber(number))
        }
        guard let point = try? PointInTime.parse(text, field: "instant"), !point.isRelative else {
            throw InvalidLogPoint(
                reason: "neither a sequence number nor an instant such as 2026-11-22T06:30:00Z")
        }
        return .instant(point.resolve(from: .earliest))
    }
}

package struct InvalidLogPoint: Error, Equatable, CustomStringConvertible, Sendable {
    package let reason: String

    package var description: String { reason }
}

/// Finds the turns on both sides of an instant; must be given every turn of a log, oldest first.
package struct InstantSearch: Sendable {
    private let instant: Timestamp
    /// The first turn taken then or later; `nil` if none was.
    package private(set) var firstFrom: Seal?
    /// The last turn taken then or earlier; `nil` if none was.
    package private(set) var lastUpTo: Seal?

    package init(for instant: Timestamp) { self.instant = instant }

    package mutating func add(_ seal: Seal) {
        if seal.time >= instant, firstFrom == nil { firstFrom = seal }
        if seal.time <= instant { lastUpTo = seal }
    }
}

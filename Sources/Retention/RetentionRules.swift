// When the beginning of a log may be removed. The clock is the log's own: the time of its last turn.

package import EventLog
package import LMDBLog

package struct RetentionRules: Equatable, Sendable {
    /// For how long records are kept; `nil` is for ever.
    package var age: Duration?
    /// How many bytes the segments may have; `nil` is without a bound.
    package var bytes: Int?

    package init(age: Duration? = nil, bytes: Int? = nil) {
        self.age = age
        self.bytes = bytes
    }

    package var isOn: Bool { age != nil || bytes != nil }

    /// Sealed segments that are kept in any case, besides the one that is written into.
    private static let keptMin = 1

    /// Why the oldest segment is to be removed, or is kept.
    package enum Verdict: Equatable, Sendable {
        /// All of it is older than `age`.
        case tooOld
        /// All segments together have more than `bytes`.
        case tooMuch
        /// It is one of the last ones.
        case oneOfTheLast
        /// It is kept at least until then; `nil` if only its bytes count.
        case kept(until: Timestamp?)
    }

    /// The verdict on the oldest of `sealed`, when the last turn was taken at `now`. `active` is how many
    /// bytes the segment has that is written into.
    package func verdict(
        on sealed: [SealedSegment], active: Int, at now: Timestamp
    ) -> Verdict {
        guard let oldest = sealed.first, sealed.count > Self.keptMin else { return .oneOfTheLast }
        if let bytes, sealed.reduce(active, { $0 + $1.bytes }) > bytes { return .tooMuch }
        guard let age else { return .kept(until: nil) }
        let end = oldest.end.time.clampedAdding(age)
        return end < now ? .tooOld : .kept(until: end)
    }
}

/// An instant of the wall clock in UTC: nanoseconds since 1970-01-01, from the year 1678 to 2262.
///
/// Arithmetic on input values reports overflow as `nil` and never traps.
@usableFromInline package struct Timestamp: RawRepresentable, Hashable, Comparable, Sendable {
    @usableFromInline package let rawValue: Int64

    @inlinable package init(rawValue: Int64) { self.rawValue = rawValue }
    @inlinable package init(nanoseconds: Int64) { rawValue = nanoseconds }
    /// What a clock shows, which may be anything: clamped to the range.
    package init(clamping seconds: Int64, _ nanoseconds: Int64) {
        let wide = Int128(seconds) * Int128(Timestamp.nanosecondsPerSecond) + Int128(nanoseconds)
        rawValue = Int64(clamping: wide)
    }

    package init(seconds: Int64) { rawValue = seconds * Timestamp.nanosecondsPerSecond }

    package static let nanosecondsPerSecond: Int64 = 1_000_000_000
    /// Before everything: no tick is due then.
    package static let earliest = Timestamp(rawValue: .min)
    /// Stands for "never": what is due then, or later, never comes due.
    package static let latest = Timestamp(rawValue: .max)

    /// The instant, or `nil` for `latest`: a due time as it is shown.
    package var ifEver: Timestamp? { self == .latest ? nil : self }

    /// Written out so that other modules can inline it: lookups in tables compare with it.
    @inlinable package static func == (left: Timestamp, right: Timestamp) -> Bool {
        left.rawValue == right.rawValue
    }

    @inlinable package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.rawValue < right.rawValue
    }

    /// This instant moved by `nanoseconds`, or `nil` if the result is out of range.
    package func adding(nanoseconds: Int64) -> Timestamp? {
        let (sum, overflow) = rawValue.addingReportingOverflow(nanoseconds)
        return overflow ? nil : Timestamp(rawValue: sum)
    }

    /// This instant moved by `nanoseconds`, clamped to the range.
    package func clampedAdding(nanoseconds: Int64) -> Timestamp {
        Timestamp(rawValue: rawValue.clampedAdding(nanoseconds))
    }

    /// This instant moved by `span`, clamped to the range.
    package func clampedAdding(_ span: Duration) -> Timestamp {
        let (seconds, attoseconds) = span.components
        let (nanoseconds, isOver) = seconds.multipliedReportingOverflow(
            by: Timestamp.nanosecondsPerSecond)
        guard !isOver else { return seconds < 0 ? .earliest : .latest }
        return clampedAdding(nanoseconds: nanoseconds)
            .clampedAdding(nanoseconds: attoseconds / 1_000_000_000)
    }

    /// Nanoseconds from `earlier` to this instant, clamped to the range.
    package func nanoseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = rawValue.subtractingReportingOverflow(earlier.rawValue)
        if overflow { return rawValue < earlier.rawValue ? .min : .max }
        return difference
    }
}

extension Int64 {
    /// The sum, clamped to the range.
    package func clampedAdding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

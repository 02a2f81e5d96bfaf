// The offsets of a time zone from UTC, by the second. A file is expanded once into one sorted list
// of changes, so that a look-up is a binary search, and two files with the same meaning are equal
// however they express it. TZif.swift reads the file, PosixZoneRule.swift its last line.

/// The offsets of a time zone, from 1677 to 2262 (the range of `Timestamp`). Outside it the first
/// and the last offset continue. Names ("CEST") and the daylight saving flag are not kept.
package struct ZoneTable: Equatable, Sendable {
    package let timeline: OffsetTimeline

    package init(_ timeline: OffsetTimeline) { self.timeline = timeline }

    /// Throws an error that says what is wrong and at which byte.
    package init(tzif: [UInt8]) throws(ZoneTableError) {
        let file = try TZif(tzif)
        var timeline = OffsetTimeline(file.firstOffset)
        for change in file.changes { timeline.set(change.offset, from: change.start) }
        if let recurring = file.recurring {
            timeline.follow(recurring, after: file.changes.last?.start ?? .min)
        }
        self.timeline = timeline
    }

    /// A stretch of time with one offset. Its neighbours have different ones.
    package struct Period: Equatable, Sendable {
        /// Seconds since 1970 UTC of its first second; `.min` for the first period.
        package let start: Int64
        /// One past its last second; `.max` for the last period.
        package let end: Int64
        /// Seconds to add to UTC to get local time: more than -25 hours and less than 26.
        package let offset: Int64
    }

    /// The period that holds `second` (seconds since 1970 UTC).
    package func period(at second: Int64) -> Period {
        let index = timeline.index(at: second)
        let changes = timeline.changes
        return Period(
            start: changes[index].start,
            end: index + 1 < changes.count ? changes[index + 1].start : .max,
            offset: Int64(changes[index].offset))
    }
}

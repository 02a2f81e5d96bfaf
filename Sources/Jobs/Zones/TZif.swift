// The Time Zone Information Format, RFC 9636: a header and data with 32-bit times, which are
// skipped; the same with 64-bit times; and a footer, the rule for the time after the last
// transition. Everything is big endian. Whatever the RFC forbids is rejected, so that a damaged
// file is never read as a time zone.

/// The validated contents of a file.
struct TZif {
    /// The offset before the first change, and always if there is neither a change nor a rule.
    let firstOffset: Int32
    /// Strictly ascending; neighbours may have the same offset.
    let changes: [OffsetTimeline.Change]
    /// The timeline after the last change; `nil` if the footer is empty and the last offset stays
    /// in force.
    let recurring: OffsetTimeline?

    init(_ bytes: [UInt8]) throws(ZoneTableError) {
        guard bytes.count <= JobLimits.zoneRulesBytesMax else {
            throw ZoneTableError(
                "the file has \(bytes.count) bytes, more than \(JobLimits.zoneRulesBytesMax)",
                at: JobLimits.zoneRulesBytesMax)
        }
        var reader = BigEndianReader(bytes)
        let legacy = try Header(&reader)
        try legacy.checkVersion()
        _ = try reader.take(legacy.dataSize(timeSize: 4), "the data of version 1")
        let header = try Header(&reader)
        guard header.version == legacy.version else {
            throw ZoneTableError(
                "the second header has another version than the first",
                at: header.start + Header.versionOffset)
        }
        try header.checkCounts()

        // Checked before a count decides an allocation.
        let data = try reader.take(header.dataSize(timeSize: 8), "the data")
        reader.offset = data.lowerBound
        let times = try Self.times(header, &reader)
        let types = try Self.types(header, &reader)
        let offsets = try Self.offsets(header, &reader)
        changes = zip(times, types).map {
            OffsetTimeline.Change(start: $0, offset: offsets[Int($1)])
        }
        firstOffset = offsets[0]
        try Self.checkIndicators(header, &reader)
        recurring = try Self.footer(header, &reader)?.timeline()
        try checkFooterAgrees(at: data.upperBound)
    }

    private static func times(_ header: Header, _ reader: inout BigEndianReader)
        throws(ZoneTableError) -> [Int64]
    {
        var times = [Int64]()
        for index in 0..<header.timeCount {
            let start = reader.offset
            let time: Int64 = try reader.integer("the transition times")
            if let last = times.last, time <= last {
                throw ZoneTableError("transition \(index) is not after the one before", at: start)
            }
            times.append(time)
        }
        return times
    }

    /// The number of the local time type of each transition.
    private static func types(_ header: Header, _ reader: inout BigEndianReader)
        throws(ZoneTableError) -> [UInt8]
    {
        var types = [UInt8]()
        for index in 0..<header.timeCount {
            let start = reader.offset
            let type: UInt8 = try reader.integer("the transition types")
            guard type < header.typeCount else {
                throw ZoneTableError(
                    "transition \(index) has type \(type) of \(header.typeCount)", at: start)
            }
            types.append(type)
        }
        return types
    }

    /// The offset of each local time type; also reads the names that follow.
    private static func offsets(_ header: Header, _ reader: inout BigEndianReader)
        throws(ZoneTableError) -> [Int32]
    {
        var offsets = [Int32]()
        var names = [(index: UInt8, byte: Int)]()
        for index in 0..<header.typeCount {
            let start = reader.offset
            let offset: Int32 = try reader.integer("the local time types")
            let isDaylight: UInt8 = try reader.integer("the local time types")
            let name: UInt8 = try reader.integer("the local time types")
            guard OffsetTimeline.offsets.contains(offset) else {
                throw ZoneTableError(
                    "the offset of type \(index) is \(offset) s, not between -25 and 26 hours",
                    at: start)
            }
            guard isDaylight <= 1 else {
                throw ZoneTableError(
                    "isdst of type \(index) is \(isDaylight), not 0 or 1", at: start + 4)
            }
            offsets.append(offset)
            names.append((name, start + 5))
        }
        let text = reader.bytes[try reader.take(header.nameBytes, "the names")]
        for (index, byte) in names {
            guard index < text.count else {
                throw ZoneTableError("a name at \(index) of \(text.count) bytes", at: byte)
            }
            guard text.dropFirst(Int(index)).contains(0) else {
                throw ZoneTableError("the name at \(index) has no end", at: byte)
            }
        }
        return offsets
    }

    /// Checks the standard/wall and UT/local indicators; nothing depends on their values.
    private static func checkIndicators(_ header: Header, _ reader: inout BigEndianReader)
        throws(ZoneTableError)
    {
        for _ in 0..<header.standardCount + header.utcCount {
            let start = reader.offset
            let indicator: UInt8 = try reader.integer("the indicators")
            guard indicator <= 1 else {
                throw ZoneTableError("an indicator is \(indicator), not 0 or 1", at: start)
            }
        }
    }

    /// Reads the footer, which must end the file.
    private static func footer(_ header: Header, _ reader: inout BigEndianReader)
        throws(ZoneTableError) -> PosixZoneRule?
    {
        let newline = UInt8(ascii: "\n")
        guard try reader.integer("the footer") == newline else {
            throw ZoneTableError("the footer does not begin with a newline", at: reader.offset - 1)
        }
        let bytes = reader.bytes
        guard let end = bytes[reader.offset...].firstIndex(of: newline) else {
            throw ZoneTableError("the footer does not end with a newline", at: bytes.count)
        }
        guard end + 1 == bytes.count else {
            throw ZoneTableError("\(bytes.count - end - 1) bytes after the footer", at: end + 1)
        }
        let text = bytes[reader.offset..<end]
        if let byte = text.firstIndex(where: { $0 > 127 }) {
            throw ZoneTableError("the footer is not ASCII", at: byte)
        }
        return text.isEmpty ? nil : try PosixZoneRule(text, isExtended: header.isExtended)
    }

    /// RFC 9636, 3.3 requires more: that the rule gives the last transition's offset at that
    /// moment. But in some files it does so only some days later: America/Ojinaga of 2022, where
    /// clocks went back a week before those of the rule.
    private func checkFooterAgrees(at byte: Int) throws(ZoneTableError) {
        guard let recurring, let last = changes.last,
            !recurring.changes.contains(where: { $0.offset == last.offset })
        else { return }
        throw ZoneTableError(
            "the footer never has the offset that the last transition begins, \(last.offset) s",
            at: byte)
    }
}

private struct Header {
    static let versionOffset = 4

    let start: Int
    /// 0 for version 1, otherwise a digit.
    let version: UInt8
    let utcCount: Int
    let standardCount: Int
    let leapCount: Int
    let timeCount: Int
    let typeCount: Int
    let nameBytes: Int

    init(_ reader: inout BigEndianReader) throws(ZoneTableError) {
        start = reader.offset
        let magic = try reader.take(4, "the header")
        guard reader.bytes[magic].elementsEqual("TZif".utf8) else {
            throw ZoneTableError("no header of a TZif file, which begins with \"TZif\"", at: start)
        }
        version = try reader.integer("the header")
        // Reserved bytes, to be ignored.
        _ = try reader.take(15, "the header")
        func count() throws(ZoneTableError) -> Int {
            Int(try reader.integer("the counts of the header") as UInt32)
        }
        utcCount = try count()
        standardCount = try count()
        leapCount = try count()
        timeCount = try count()
        typeCount = try count()
        nameBytes = try count()
    }

    /// Whether the footer may have times before the day and long after it. RFC 9636, 3.3.1.
    var isExtended: Bool { version >= UInt8(ascii: "3") }

    func checkVersion() throws(ZoneTableError) {
        switch version {
        case 0:
            throw ZoneTableError(
                "version 1, whose times end in 2038; version 2 or later is needed",
                at: start + Self.versionOffset)
        case UInt8(ascii: "2")...UInt8(ascii: "4"): return
        default:
            throw ZoneTableError(
                "version byte \(version) is not that of version 2, 3 or 4",
                at: start + Self.versionOffset)
        }
    }

    func checkCounts() throws(ZoneTableError) {
        if leapCount > 0 {
            throw ZoneTableError(
                "leap seconds are counted in its times (a \"right\" zone); there must be none",
                at: start + 28)
        }
        if typeCount == 0 { throw ZoneTableError("no local time types", at: start + 36) }
        if nameBytes == 0 { throw ZoneTableError("no names", at: start + 40) }
        for (count, byte) in [(utcCount, 20), (standardCount, 24)]
        where count != 0 && count != typeCount {
            throw ZoneTableError(
                "\(count) indicators for \(typeCount) types", at: start + byte)
        }
    }

    /// Bytes after the header. Counts of 32 bits cannot make it overflow.
    func dataSize(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + nameBytes + leapCount * (timeSize + 4)
            + standardCount + utcCount
    }
}

/// Reads from the front, and checks that the bytes exist before it touches them.
private struct BigEndianReader {
    let bytes: [UInt8]
    var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Consumes the next `count` bytes and returns their range.
    mutating func take(_ count: Int, _ field: StaticString) throws(ZoneTableError) -> Range<Int> {
        guard bytes.count - offset >= count else {
            throw ZoneTableError("the file ends inside \(field)", at: bytes.count)
        }
        let start = offset
        offset += count
        return start..<offset
    }

    mutating func integer<Integer: FixedWidthInteger>(_ field: StaticString)
        throws(ZoneTableError) -> Integer
    {
        var value: Integer = 0
        for index in try take(Integer.bitWidth / 8, field) {
            value = value << 8 | Integer(truncatingIfNeeded: bytes[index])
        }
        return value
    }
}

// Which files are rejected, and at which byte: those that break RFC 9636, and valid but unusable
// ones.

import Jobs
import TestSupport
import Testing

@Suite("Reading TZif files")
struct TZifTests {
    /// Two transitions, indicators and a rule: every field has a value. At 95 times, 111 types of
    /// transitions, 113 types, 131 names, 137 indicators, 143 footer.
    private static let full: TZifWriter = {
        var writer = TZifWriter(
            changes: [(1_000, 3_600), (2_000, 7_200)], footer: "AAA-1BBB,M3.2.0/1,M11.1.0")
        writer.names = Array("LMT\0X\0".utf8)
        writer.types[1].name = 4
        writer.standardIndicators = [0, 1, 0]
        writer.utcIndicators = [0, 1, 0]
        return writer
    }()

    private static func refusal(of bytes: [UInt8]) -> String? {
        do throws(ZoneTableError) {
            _ = try ZoneTable(tzif: bytes)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// The error for the full file after `change`.
    private static func refusal(changing change: (inout TZifWriter) -> Void) -> String? {
        var writer = full
        change(&writer)
        return refusal(of: writer.bytes)
    }

    @Test("a file that is all right is accepted, whatever is in what is passed over")
    func accepted() throws {
        var bytes = Self.full.bytes
        let table = try ZoneTable(tzif: bytes)
        #expect(table.flaws == [])
        // Reserved bytes, and the types and names of version 1.
        for offset in Array(5..<20) + Array(44..<51) + Array(56..<71) { bytes[offset] = 0xFF }
        #expect(try ZoneTable(tzif: bytes) == table)
        for version in "234".utf8 {
            var writer = Self.full
            writer.version = version
            #expect(try writer.table() == table)
        }
    }

    @Test(
        "a byte that cannot be is refused, with its place and the reason",
        arguments: [
            (0, 0, "byte 0: no header of a TZif file, which begins with \"TZif\""),
            (4, 0, "byte 4: version 1, whose times end in 2038; version 2 or later is needed"),
            (4, 0x31, "byte 4: version byte 49 is not that of version 2, 3 or 4"),
            (4, 0x35, "byte 4: version byte 53 is not that of version 2, 3 or 4"),
            (36, 0xFF, "byte 170: the file ends inside the data of version 1"),
            (54, 0x46, "byte 51: no header of a TZif file, which begins with \"TZif\""),
            (55, 0x32, "byte 55: the second header has another version than the first"),
            (74, 1, "byte 71: 1 indicators for 3 types"),
            (78, 2, "byte 75: 2 indicators for 3 types"),
            (83, 0xFF, "byte 170: the file ends inside the data"),
            (90, 0, "byte 87: no local time types"),
            (94, 0, "byte 91: no names"),
            (109, 3, "byte 103: transition 1 is not after the one before"),
            (112, 3, "byte 112: transition 1 has type 3 of 3"),
            (117, 2, "byte 117: isdst of type 0 is 2, not 0 or 1"),
            (118, 6, "byte 118: a name at 6 of 6 bytes"),
            (136, 0x58, "byte 124: the name at 4 has no end"),
            (137, 2, "byte 137: an indicator is 2, not 0 or 1"),
            (142, 0xFF, "byte 142: an indicator is 255, not 0 or 1"),
            (143, 0x20, "byte 143: the footer does not begin with a newline"),
            (150, 0xC3, "byte 150: the footer is not ASCII"),
        ] as [(Int, UInt8, String)])
    func refusedByte(offset: Int, value: UInt8, description: String) throws {
        var bytes = Self.full.bytes
        try #require(bytes.count == 170)
        bytes[offset] = value
        #expect(Self.refusal(of: bytes) == description)
    }

    @Test("what a writer would not write is refused")
    func refusedFields() {
        let minute = TZifWriter.LocalType(offset: 60)
        for (change, description) in [
            (
                { $0.leapSeconds = [(78_796_800, 1)] },
                "byte 79: leap seconds are counted in its times (a \"right\" zone); there must be"
                    + " none"
            ),
            ({ $0.types = [] }, "byte 87: no local time types"),
            ({ $0.names = [] }, "byte 91: no names"),
            ({ $0.standardIndicators = [0] }, "byte 75: 1 indicators for 3 types"),
            ({ $0.utcIndicators += [0] }, "byte 71: 4 indicators for 3 types"),
            (
                { $0.transitions[1].time = 1_000 },
                "byte 103: transition 1 is not after the one before"
            ),
            (
                { $0.transitions = [(.max, 0), (.min, 0)] },
                "byte 103: transition 1 is not after the one before"
            ),
            ({ $0.transitions[0].type = 255 }, "byte 111: transition 0 has type 255 of 3"),
            (
                { $0.types[1].offset = 93_600 },
                "byte 119: the offset of type 1 is 93600 s, not between -25 and 26 hours"
            ),
            (
                { $0.types[2].offset = -90_000 },
                "byte 125: the offset of type 2 is -90000 s, not between -25 and 26 hours"
            ),
            (
                { $0.types[0].offset = .min },
                "byte 113: the offset of type 0 is -2147483648 s, not between -25 and 26 hours"
            ),
            (
                { $0.types[2] = minute },
                "byte 143: the footer never has the offset that the last transition begins, 60 s"
            ),
        ] as [((inout TZifWriter) -> Void, String)] {
            #expect(Self.refusal(changing: change) == description)
        }
        for offset: Int32 in [-89_999, 93_599] {
            #expect(
                Self.refusal(changing: {
                    $0.types[1].offset = offset
                    $0.standardIndicators = []
                }) == nil)
        }
    }

    @Test("nothing may be missing from the end, and nothing may follow it")
    func ends() {
        let bytes = Self.full.bytes
        for count in 0..<bytes.count {
            let description = Self.refusal(of: Array(bytes.prefix(count)))
            #expect(description?.hasPrefix("byte \(count): the f") == true, "\(description)")
        }
        #expect(
            Self.refusal(of: bytes.dropLast())
                == "byte 169: the footer does not end with a newline")
        #expect(Self.refusal(of: bytes + [0, 10]) == "byte 170: 2 bytes after the footer")
    }

    @Test("a file may have 16,384 bytes, and no more")
    func size() {
        let room = JobLimits.zoneRulesBytesMax - TZifWriter().bytes.count
        func refusal(nameBytes: Int) -> String? {
            var writer = TZifWriter()
            writer.names += [UInt8](repeating: 0, count: nameBytes)
            return Self.refusal(of: writer.bytes)
        }
        #expect(refusal(nameBytes: room) == nil)
        #expect(
            refusal(nameBytes: room + 1)
                == "byte 16384: the file has 16385 bytes, more than 16384")
    }

    @Test(
        "a footer that breaks the grammar is refused at the byte that does",
        arguments: [
            (" ", 0, "a name of three letters or more is expected"),
            ("AB1", 0, "a name of three letters or more is expected"),
            (":America/New_York", 0, "a name of three letters or more is expected"),
            ("<AB>3", 1, "a name of three letters or more is expected"),
            ("<ABC3", 5, "the name in < has no >"),
            ("<A\0BC>3", 1, "a name of three letters or more is expected"),
            ("ABC", 3, "the hour is not 0 to 24"), ("ABC--3", 4, "the hour is not 0 to 24"),
            ("ABC25", 3, "the hour is not 0 to 24"), ("ABC0024", 3, "the hour is not 0 to 24"),
            ("ABC3:60", 5, "the minute is not 0 to 59"),
            ("ABC3:59:", 8, "the second is not 0 to 59"),
            ("ABC3:59:59:", 10, "a name of three letters or more is expected"),
            ("ABC3 ", 4, "a name of three letters or more is expected"),
            ("ABC3DEF", 7, "daylight saving time without start and end"),
            ("ABC3DEF4", 8, "daylight saving time without start and end"),
            ("ABC3DEF25", 7, "the hour is not 0 to 24"),
            ("ABC3DEF4;", 8, "a comma and a date are expected"),
            ("ABC3,1,2", 4, "a name of three letters or more is expected"),
            ("ABC3DEF,1", 9, "a comma and a date are expected"),
            ("ABC3DEF,,2", 8, "the day of the year is not 0 to 365"),
            ("ABC3DEF,366,2", 8, "the day of the year is not 0 to 365"),
            ("ABC3DEF,99999999999999999999,2", 8, "the day of the year is not 0 to 365"),
            ("ABC3DEF,J0,2", 9, "the day of the year is not 1 to 365"),
            ("ABC3DEF,M0.1.0,2", 9, "the month is not 1 to 12"),
            ("ABC3DEF,M13.1.0,2", 9, "the month is not 1 to 12"),
            ("ABC3DEF,M3,2", 10, "a dot and the week are expected"),
            ("ABC3DEF,M3.0.0,2", 11, "the week is not 1 to 5"),
            ("ABC3DEF,M3.6.0,2", 11, "the week is not 1 to 5"),
            ("ABC3DEF,M3.1,2", 12, "a dot and the weekday are expected"),
            ("ABC3DEF,M3.1.7,2", 13, "the weekday is not 0 to 6"),
            ("ABC3DEF,1/168,2", 10, "the hour is not 0 to 167"),
            ("ABC3DEF,1/-168,2", 11, "the hour is not 0 to 167"),
            ("ABC3DEF,1/,2", 10, "the hour is not 0 to 167"),
            ("ABC3DEF,1,2,", 11, "the rule continues after its end"),
        ])
    func footerGrammar(footer: String, offset: Int, reason: String) {
        #expect(
            Self.refusal(of: TZifWriter(footer: footer).bytes)
                == "byte \(106 + offset): footer: \(reason)")
    }

    @Test("times beyond the day, and with a sign, are for version 3 and later")
    func extendedTimes() {
        for (time, plain, extended) in [
            ("24:59:59", true, true), ("25", false, true), ("-1", false, true),
            ("+1", false, true), ("167:59:59", false, true), ("-167:59:59", false, true),
            ("168", false, false),
        ] {
            var writer = TZifWriter(footer: "ABC3DEF,M3.2.0/\(time),M11.1.0/2")
            writer.version = UInt8(ascii: "2")
            #expect((Self.refusal(of: writer.bytes) == nil) == plain, "\(time)")
            writer.version = UInt8(ascii: "4")
            #expect((Self.refusal(of: writer.bytes) == nil) == extended, "\(time)")
        }
    }
}

@Suite("Reading damaged TZif files")
struct TZifMutationTests {
    private static let samples: [[UInt8]] = {
        var plain = TZifWriter(changes: [(-2_000_000_000, 3_600), (0, 0), (1_000_000, -36_000)])
        plain.standardIndicators = [0, 1, 0, 1]
        var rule = TZifWriter(
            changes: [(1_173_596_400, -14_400)], footer: "EST5EDT,M3.2.0,M11.1.0/2:00:00")
        rule.utcIndicators = [1, 0]
        let dates = TZifWriter(footer: "<-02>2<-01>-1:30,J59/-167,300/24:30")
        return [plain.bytes, rule.bytes, dates.bytes]
    }()

    @Test("30,000 damaged files are refused, or make a table without a flaw")
    func mutations() {
        var generator = Seed.generator(for: "damaged zones")
        var (accepted, refused) = (0, 0)
        for _ in 0..<30_000 {
            var bytes = Self.samples[generator.index(below: Self.samples.count)]
            for _ in 0...generator.index(below: 3) { Self.mutate(&bytes, using: &generator) }
            do throws(ZoneTableError) {
                let table = try ZoneTable(tzif: bytes)
                accepted += 1
                if !table.flaws.isEmpty { Issue.record("\(bytes): \(table.flaws)") }
            } catch {
                refused += 1
                if error.offset < 0 || error.offset > bytes.count {
                    Issue.record("\(bytes): \(error)")
                }
            }
        }
        #expect(accepted > 1_000)
        #expect(refused > 1_000)
    }

    private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let offset = generator.index(below: bytes.count)
        // The footer's characters, and the smallest and largest of numbers.
        let likely = Array("0123456789:,./<>+-JMABC\n".utf8) + [0, 1, 0x7F, 0x80, 0xFF]
        switch generator.index(below: 8) {
        case 0: bytes.removeLast(generator.index(below: bytes.count + 1))
        case 1: bytes.insert(likely[generator.index(below: likely.count)], at: offset)
        case 2: bytes.remove(at: offset)
        case 3: bytes[offset] ^= UInt8(1) << UInt8(generator.index(below: 8))
        case 4, 5:
            let last = max(0, bytes.count - 1 - generator.index(below: 40))
            bytes[last] = likely[generator.index(below: likely.count)]
        default: bytes[offset] = likely[generator.index(below: likely.count)]
        }
    }
}

import Jobs
import TestSupport
import Testing

@Suite("Reading durations")
struct GoDurationTests {
    private static let second: Int64 = 1_000_000_000
    private static let minute = 60 * second
    private static let hour = 60 * minute

    @Test(
        "a duration is what Go reads it as",
        arguments: [
            ("0", 0), ("-0", 0), ("+0", 0), ("0s", 0), ("0h0m", 0), ("5s", 5 * second),
            ("+5s", 5 * second), ("-5s", -5 * second), ("1478s", 1_478 * second),
            ("5.0s", 5 * second), ("5.6s", 5_600_000_000), ("5.s", 5 * second),
            (".5s", 500_000_000), ("1.004s", 1_004_000_000), ("100.00100s", 100_001_000_000),
            ("10ns", 10), ("11us", 11_000), ("12µs", 12_000), ("12\u{3BC}s", 12_000),
            ("13ms", 13_000_000), ("14s", 14 * second), ("15m", 15 * minute), ("16h", 16 * hour),
            ("3h30m", 3 * hour + 30 * minute), ("10.5s4m", 4 * minute + 10_500_000_000),
            ("-2m3.4s", -(2 * minute + 3_400_000_000)),
            ("1h2m3s4ms5us6ns", hour + 2 * minute + 3 * second + 4_005_006),
            ("39h9m14.425s", 39 * hour + 9 * minute + 14_425_000_000),
            ("52763797000ns", 52_763_797_000), ("1s1s", 2 * second),
            // Digits beyond what 63 bits hold are cut; thirds are rounded in double precision.
            ("0.3333333333333333333h", 20 * minute),
            ("0.100000000000000000000h", 6 * minute), ("0.9999999999999999999s", second),
            ("0.830103483285477580700h", 49 * minute + 48_372_539_827), ("0.5ns", 0),
            ("9007199254740993ns", 9_007_199_254_740_993),
            ("9223372036854775807ns", .max), ("9223372036854775.807us", .max),
            ("9223372036s854ms775us807ns", .max), ("-9223372036854775808ns", .min),
            ("-9223372036854775.808us", .min), ("2562047h47m16.854775807s", .max),
        ] as [(String, Int64)])
    func accepted(text: String, nanoseconds: Int64) throws {
        #expect(try GoDuration.parse(text) == nanoseconds)
    }

    @Test("what is no duration is refused in Go's words")
    func refused() {
        for text in [
            "", "-", "+", ".", "-.", ".s", "+.s", "s", " 5s", "--5s", "+-5s", "x",
        ] {
            expect(text, .malformed(text), "time: invalid duration \"\(text)\"")
        }
        for text in ["3000", "1.5", "1.", "-7", "00", "1h5"] {
            expect(text, .unitMissing(text), "time: missing unit in duration \"\(text)\"")
        }
        for (text, unit) in [
            ("1d", "d"), ("1h 5m", "h "), ("1w", "w"), ("5S", "S"), ("1H", "H"), ("5s ", "s "),
            ("1m-5s", "m-"),
            ("1é", "é"), ("1_000s", "_"), ("1e3s", "e"), ("1h\u{301}", "h\u{301}"),
        ] {
            expect(
                text, .unitUnknown(unit: unit, in: text),
                "time: unknown unit \"\(unit)\" in duration \"\(text)\"")
        }
    }

    @Test(
        "what 64 bits of nanoseconds cannot hold is reported, not wrapped",
        arguments: [
            "9223372036854775808ns", "9223372036854775.808us", "9223372036854ms775us808ns",
            "-9223372036854775809ns", "3000000h", "2562047h47m16.854775808s",
            "99999999999999999999s", "18446744073709551616ns", "18446744073709551617ns",
            "-9223372036854775808ns9223372036854775808ns",
            "9223372036854775807ns1ns", "1000000000000000000000000000000000000h",
        ])
    func overflow(text: String) {
        #expect(throws: GoDurationError.overflow(text)) { try GoDuration.parse(text) }
    }

    @Test(
        "a duration is written as Go writes it",
        arguments: [
            (0, "0s"), (1, "1ns"), (1_100, "1.1µs"), (2_200_000, "2.2ms"), (3_300_000_000, "3.3s"),
            (4 * minute + 5 * second, "4m5s"), (4 * minute + 5_001_000_000, "4m5.001s"),
            (5 * hour + 6 * minute + 7_001_000_000, "5h6m7.001s"),
            (8 * minute + 1, "8m0.000000001s"),
            (hour, "1h0m0s"), (-hour - 30 * minute, "-1h30m0s"), (-1, "-1ns"),
            (999_999, "999.999µs"), (.max, "2562047h47m16.854775807s"),
            (.min, "-2562047h47m16.854775808s"),
        ] as [(Int64, String)])
    func written(nanoseconds: Int64, text: String) throws {
        #expect(GoDuration.text(nanoseconds) == text)
        #expect(try GoDuration.parse(text) == nanoseconds)
    }

    @Test("what is written reads back, from a printed seed")
    func roundTrip() throws {
        var generator = Seed.generator(for: "durations")
        for _ in 0..<5_000 {
            // Values of every magnitude, not only near the largest.
            let shift = Int64(generator.index(below: 63))
            let nanoseconds = Int64(bitPattern: generator.next()) >> shift
            // A fraction of hours' seconds below 2^53 is exact in double precision, as it is here.
            #expect(try GoDuration.parse(GoDuration.text(nanoseconds)) == nanoseconds)
        }
    }

    private func expect(_ text: String, _ error: GoDurationError, _ description: String) {
        #expect(throws: error) { try GoDuration.parse(text) }
        #expect("\(error)" == description)
    }
}

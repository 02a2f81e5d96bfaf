import EventLog
import Jobs
import TestSupport
import Testing

@Suite("Instants as text")
struct InstantTextTests {
    @Test(
        "an instant is RFC 3339 with as many decimals as it takes",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000000001Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"), (1_500_000_000, "1970-01-01T00:00:01.5Z"),
            (1_795_327_445_120_000_000, "2026-11-22T06:04:05.12Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
            (Int64.max, "2262-04-11T23:47:16.854775807Z"),
            (Int64.min, "1677-09-21T00:12:43.145224192Z"),
        ] as [(Int64, String)])
    func utc(nanoseconds: Int64, text: String) {
        let instant = Timestamp(nanoseconds: nanoseconds)
        #expect(InstantText.utc(instant) == text && instant.inUTC == text)
        var bytes = Array("x".utf8)
        InstantText.appendUTC(instant, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "x" + text)
    }

    @Test(
        "with an offset it shows what local clocks show",
        arguments: [
            (0, 0, "1970-01-01T00:00:00+00:00"), (0, 3_600, "1970-01-01T01:00:00+01:00"),
            (0, -12_600, "1969-12-31T20:30:00-03:30"),
            (1_795_327_445_120_000_000, 20_700, "2026-11-22T11:49:05.12+05:45"),
            (0, 3_208, "1970-01-01T00:53:28+00:53:28"),
            (0, -2_670, "1969-12-31T23:15:30-00:44:30"), (0, -30, "1969-12-31T23:59:30-00:00:30"),
            (Int64.max, 93_599, "2262-04-13T01:47:15.854775807+25:59:59"),
            (Int64.min, -89_999, "1677-09-19T23:12:44.145224192-24:59:59"),
        ] as [(Int64, Int64, String)])
    func local(nanoseconds: Int64, offset: Int64, text: String) {
        #expect(InstantText.local(Timestamp(nanoseconds: nanoseconds), offset: offset) == text)
    }

    @Test("what never comes due is called so")
    func never() {
        #expect(InstantText.utcOrNever(Timestamp(seconds: 0)) == "1970-01-01T00:00:00Z")
        #expect(InstantText.utcOrNever(nil) == "never")
        #expect(InstantText.utcOrNever(.latest) == "never")
    }

    @Test("what is written reads as the same instant")
    func reading() throws {
        var random = Seed.generator(for: "InstantTextTests.reading")
        for _ in 0..<10_000 {
            // Of every size, so that instants near 1970 and short fractions are among them.
            let nanoseconds = Int64(bitPattern: random.next()) >> Int64(random.index(below: 64))
            let instant = Timestamp(nanoseconds: nanoseconds)
            let minutes = Int64(random.index(below: 48 * 60 + 1) - 24 * 60)
            let texts = [
                InstantText.utc(instant), InstantText.local(instant, offset: minutes * 60),
            ]
            for text in texts {
                let point = try PointInTime.parse(text, field: "text")
                #expect(point.resolve(from: instant) == instant, "\(text)")
                #expect(!point.isRelative)
            }
        }
    }
}

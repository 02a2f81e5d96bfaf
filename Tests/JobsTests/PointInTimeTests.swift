import EventLog
import Jobs
import Testing

@Suite("Reading due times and ttls")
struct PointInTimeTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private static func parse(_ text: String) throws(InvalidField) -> PointInTime {
        try PointInTime.parse(text, field: "dueTime")
    }

    @Test(
        "RFC 3339 times are instants",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2030-01-31T08:00:00Z", 1_896_076_800, 0),
            ("2000-02-29T12:34:56Z", 951_827_696, 0), ("1969-12-31T23:59:59Z", -1, 0),
            ("2030-01-31T08:00:00.5Z", 1_896_076_800, 500_000_000),
            ("2030-01-31T08:00:00,5Z", 1_896_076_800, 500_000_000),
            ("2030-01-31T08:00:00.000000001Z", 1_896_076_800, 1),
            ("2030-01-31T08:00:00.1234567899Z", 1_896_076_800, 123_456_789),
            ("1969-12-31T23:59:59.25Z", -1, 250_000_000),
            ("2030-01-31T8:00:00Z", 1_896_076_800, 0),
            ("2030-01-31T10:00:00+02:00", 1_896_076_800, 0),
            ("2030-01-31T04:30:00-03:30", 1_896_076_800, 0),
            ("2030-01-31T08:00:00-00:00", 1_896_076_800, 0),
            ("2030-02-01T08:00:00+24:00", 1_896_076_800, 0),
            ("2030-01-31T09:00:00+00:60", 1_896_076_800, 0),
            ("1900-02-28T00:00:00Z", -2_203_977_600, 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
            ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("0000-02-29T00:00:00Z", -62_162_121_600, 0),
        ] as [(String, Int64, Int32)])
    func instants(text: String, seconds: Int64, nanoseconds: Int32) throws {
        let point = try Self.parse(text)
        #expect(point == .absolute(seconds: seconds, nanoseconds: nanoseconds))
        #expect(!point.isRelative)
    }

    @Test(
        "Go durations are relative",
        arguments: [
            ("1h30m", 5_400_000_000_000), ("-5s", -5_000_000_000), ("0", 0), ("300ms", 300_000_000),
        ]
            as [(String, Int64)])
    func durations(text: String, nanoseconds: Int64) throws {
        let point = try Self.parse(text)
        #expect(point == .relative(nanoseconds: nanoseconds))
        #expect(point.isRelative)
    }

    @Test(
        "anything else is not recognized",
        arguments: [
            "", " ", "soon", "1893456000", "2030-01-31", "2030-01-31 08:00:00Z",
            "2030-01-31T08:00:00", "2030-01-31t08:00:00Z", "2030-01-31T08:00:00z",
            "2030-01-31T08:00Z", "2030-1-31T08:00:00Z", "2030-01-3T08:00:00Z",
            "2030-01-31T08:0:00Z", "30-01-31T08:00:00Z", "02030-01-31T08:00:00Z",
            "2030-00-31T08:00:00Z", "2030-13-31T08:00:00Z", "2030-01-00T08:00:00Z",
            "2030-01-32T08:00:00Z", "2030-04-31T08:00:00Z", "2030-02-29T08:00:00Z",
            "1900-02-29T08:00:00Z", "2028-02-30T08:00:00Z", "2030-01-31T24:00:00Z",
            "2030-01-31T08:60:00Z", "2030-01-31T08:00:60Z", "2030-12-31T23:59:60Z",
            "2030-01-31T08:00:00.Z", "2030-01-31T08:00:00+0200", "2030-01-31T08:00:00+2:00",
            "2030-01-31T08:00:00+25:00", "2030-01-31T08:00:00+00:61", "2030-01-31T08:00:00ZZ",
            "2030-01-31T08:00:00Z ", " 2030-01-31T08:00:00Z", "+2030-01-31T08:00:00Z",
            "-030-01-31T08:00:00Z", "2030-01-31T+8:00:00Z", "１２３４-01-31T08:00:00Z", "1d", "5",
            "P", "PT1.5S", "P5X3D", "-P1D", "R/P1D", "@every 5s",
        ])
    func notRecognized(text: String) {
        for (field, name) in [("dueTime", "due time"), ("ttl", "ttl")] {
            let error = #expect(throws: InvalidField.self) {
                try PointInTime.parse(text, field: field)
            }
            #expect(error?.field == field)
            #expect(
                error?.reason
                    == "\(name) format not recognized: expected an RFC 3339 time such as"
                    + " 2030-01-31T08:00:00Z, a duration such as 1h30m (units ns, us, ms, s, m, h),"
                    + " or an ISO 8601 duration such as P1DT12H (without fractions)")
        }
    }

    @Test("the examples a refusal gives are good themselves")
    func examples() throws {
        let start = try Self.parse("2030-01-31T08:00:00Z").resolve(from: Self.now)
        let soon = try Self.parse("1h30m").resolve(from: start)
        #expect(soon == start.adding(nanoseconds: 5_400_000_000_000))
        let later = try Self.parse("P1DT12H").resolve(from: start)
        #expect(later == start.adding(nanoseconds: 129_600_000_000_000))
    }

    @Test(
        "ISO 8601 durations are relative, even those without a date or of length 0",
        arguments: ["PT5S", "P1D", "P-1M", "P0D", "P5", "R0/PT5S", "R-1"])
    func calendarDurations(text: String) throws {
        let point = try Self.parse(text)
        #expect(point == .relativeByCalendar(try ISODuration.parse(text)))
        #expect(point.isRelative)
    }

    @Test(
        "a duration to be repeated is refused in Dapr's words",
        arguments: ["R3/PT5S", "R1", "R1/", "R+1/P"])
    func repeated(text: String) {
        for (field, name) in [("dueTime", "due time"), ("ttl", "ttl")] {
            let error = #expect(throws: InvalidField.self) {
                try PointInTime.parse(text, field: field)
            }
            #expect(error == InvalidField(field, "repeats not supported for \(name)"))
        }
    }

    @Test(
        "an ISO 8601 duration beyond 64 bits is refused, and says so",
        arguments: ["P9223372036854775808Y", "P1317624576693539402W", "PT2562048H"])
    func tooLong(text: String) {
        for (field, name) in [("dueTime", "due time"), ("ttl", "ttl")] {
            let error = #expect(throws: InvalidField.self) {
                try PointInTime.parse(text, field: field)
            }
            #expect(error?.field == field)
            #expect(error?.reason.hasPrefix("\(name) format not recognized: ") == true)
            #expect(error?.reason.contains("too long") == true)
        }
    }

    @Test("a duration longer than 292 years is refused, and says so")
    func overflow() {
        let error = #expect(throws: InvalidField.self) { try Self.parse("3000000h") }
        #expect(error?.reason.hasPrefix("due time format not recognized: ") == true)
        #expect(error?.reason.contains("292 years") == true)
    }

    @Test("a relative time counts from the instant it is resolved at, both ways")
    func relative() throws {
        let after = try Self.parse("90s").resolve(from: Self.now)
        #expect(after == Timestamp(seconds: 1_800_000_090))
        let before = try Self.parse("-90s").resolve(from: Self.now)
        #expect(before == Timestamp(seconds: 1_799_999_910))
        let nextDay = try Self.parse("P1DT90S").resolve(from: Self.now)
        #expect(nextDay == Timestamp(seconds: 1_800_086_490))
    }

    @Test("an absolute time is the same from everywhere")
    func absolute() throws {
        let point = try Self.parse("1969-12-31T23:59:59.25Z")
        for start in [Timestamp.earliest, Self.now, .latest] {
            #expect(point.resolve(from: start) == Timestamp(nanoseconds: -750_000_000))
        }
    }
}

import EventLog
import Jobs
import Testing

@Suite("Reading schedules")
struct ScheduleParsingTests {
    private static func reason(_ text: String) -> String? {
        do {
            _ = try Schedule.parse(text)
            return nil
        } catch {
            #expect(error.field == "schedule")
            return error.reason
        }
    }

    @Test(
        "intervals are kept to the nanosecond",
        arguments: [
            ("@every 1h30m", 5_400_000_000_000), ("@every 1.5h", 5_400_000_000_000),
            ("@every 1ms", 1_000_000), ("@every 1ns", 1), ("@every 0s", 0), ("@every 0", 0),
            ("@every +5s", 5_000_000_000), ("@every -0s", 0),
        ] as [(String, Int64)])
    func intervals(text: String, nanoseconds: Int64) throws {
        #expect(try Schedule.parse(text) == .every(nanoseconds: nanoseconds))
    }

    @Test(
        "the named schedules are cron expressions",
        arguments: [
            ("@yearly", "0 0 0 1 1 *"), ("@annually", "0 0 0 1 1 *"), ("@monthly", "0 0 0 1 * *"),
            ("@weekly", "0 0 0 * * 0"), ("@daily", "0 0 0 * * *"), ("@midnight", "0 0 0 * * *"),
            ("@hourly", "0 0 * * * *"),
        ])
    func named(name: String, expression: String) throws {
        #expect(try Schedule.parse(name) == Schedule.parse(expression))
    }

    @Test(
        "different spellings of one expression are equal",
        arguments: [
            ("* * * * * *", "? ? ? ? ? ?"), ("* * * * * *", " *\t* * * \u{2003}* *\n"),
            ("0 0 0 * * *", "+0 00 0 * * */1"), ("5/20 * * * * *", "5,25,45 * * * * *"),
            ("*/100 * * * * *", "0 * * * * *"), ("1,,2 * * * * *", "1-2 * * * * *"),
            ("0 0 0 * jan-MAR sUn,1", "0 0 0 * 1,2,3 0-1"), ("*-5 * * * * *", "* * * * * *"),
            ("*/9223372036854775807 * * * * *", "0 * * * * *"),
            ("5/9223372036854775807 * * * * *", "5 * * * * *"), (", * * * * *", ",, * * * * *"),
        ])
    func spellings(one: String, other: String) throws {
        #expect(try Schedule.parse(one) == Schedule.parse(other))
    }

    @Test("a star with a step above 1 is a list of days, and is not equal to a star")
    func starWithStep() throws {
        #expect(try Schedule.parse("0 0 0 */1 * 1") == Schedule.parse("0 0 0 * * 1"))
        #expect(try Schedule.parse("0 0 0 1-31 * 1") != Schedule.parse("0 0 0 * * 1"))
        #expect(try Schedule.parse("0 0 0 */2 * 1") != Schedule.parse("0 0 0 * * 1"))
    }

    private static let hint = " (second minute hour day-of-month month day-of-week)"
    private static let descriptors =
        " (expected @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or @every"
        + " with a duration such as 1h30m)"

    @Test(
        "refusals of the whole text",
        arguments: [
            ("", "empty spec string"),
            (" ", "expected exactly 6 fields, found 0: []\(Self.hint)"),
            ("0 0 * * *", "expected exactly 6 fields, found 5: [0 0 * * *]\(Self.hint)"),
            ("* *  * * * * *", "expected exactly 6 fields, found 7: [* * * * * * *]\(Self.hint)"),
            (" @daily", "expected exactly 6 fields, found 1: [@daily]\(Self.hint)"),
            ("@", "unrecognized descriptor: @\(Self.descriptors)"),
            ("@Daily", "unrecognized descriptor: @Daily\(Self.descriptors)"),
            ("@daily ", "unrecognized descriptor: @daily \(Self.descriptors)"),
            ("@reboot", "unrecognized descriptor: @reboot\(Self.descriptors)"),
            ("@every", "unrecognized descriptor: @every\(Self.descriptors)"),
            ("@Every 5s", "unrecognized descriptor: @Every 5s\(Self.descriptors)"),
            ("@every\t5s", "unrecognized descriptor: @every\t5s\(Self.descriptors)"),
            ("@every ", "failed to parse duration @every : time: invalid duration \"\""),
            ("@every  5s", "failed to parse duration @every  5s: time: invalid duration \" 5s\""),
            (
                "@every 1d",
                "failed to parse duration @every 1d: time: unknown unit \"d\" in duration \"1d\""
            ),
            (
                "@every 5",
                "failed to parse duration @every 5: time: missing unit in duration \"5\""
            ),
            (
                "@every -5s",
                "the interval of @every -5s is negative; a schedule cannot run backwards"
            ),
        ])
    func wholeText(text: String, reason: String) {
        #expect(Self.reason(text) == reason)
    }

    @Test(
        "a prefix names the time zone; what follows is a schedule like any other",
        arguments: [
            ("TZ=Europe/Berlin 0 0 8 * * *", "Europe/Berlin", "0 0 8 * * *"),
            ("CRON_TZ=Etc/GMT+5 @daily", "Etc/GMT+5", "@daily"),
            ("TZ=Europe/Berlin\t \u{2003}@daily \n", "Europe/Berlin", "@daily"),
            (
                "TZ=America/Argentina/ComodRivadavia @yearly", "America/Argentina/ComodRivadavia",
                "@yearly"
            ),
            ("TZ=UTC 0 0 8 * * *", nil, "0 0 8 * * *"), ("CRON_TZ= @hourly", nil, "@hourly"),
        ] as [(String, String?, String)])
    func zones(text: String, zone: String?, rest: String) throws {
        guard case .cron(let expression, zone) = try Schedule.parse(text),
            case .cron(let plain, nil) = try Schedule.parse(rest)
        else {
            Issue.record("\(text) has another zone")
            return
        }
        #expect(expression == plain)
    }

    @Test(
        "refusals of a time zone say why",
        arguments: [
            ("TZ=UTC", "timezone prefix TZ=UTC is not followed by a schedule"),
            ("CRON_TZ=", "timezone prefix CRON_TZ= is not followed by a schedule"),
            ("TZ=UTC ", "expected exactly 6 fields, found 0: []\(Self.hint)"),
            ("tz=UTC @daily", "expected exactly 6 fields, found 2: [tz=UTC @daily]\(Self.hint)"),
            (" TZ=UTC @daily", "expected exactly 6 fields, found 2: [TZ=UTC @daily]\(Self.hint)"),
            (
                "TZ=UTC TZ=UTC @daily",
                "expected exactly 6 fields, found 2: [TZ=UTC @daily]\(Self.hint)"
            ),
            ("TZ=UTC @every", "unrecognized descriptor: @every\(Self.descriptors)"),
            (
                "TZ=Europe/Berlin @every 5s",
                "timezone is not supported for @every schedules: an interval is the same everywhere"
            ),
            (
                "TZ=Local @daily",
                "provided bad location Local: it means another time on every machine; name a zone"
                    + " such as Europe/Berlin"
            ),
        ])
    func zoneRefusals(text: String, reason: String) {
        #expect(Self.reason(text) == reason)
    }

    @Test(
        "a name that could lead out of the zones' directory is no zone",
        arguments: [
            "../etc/passwd", "/etc/localtime", "Europe//Berlin", "Europe/", "Europe/../UTC", ".",
            "Europe/Ber\u{0}lin", "Europe\\Berlin", "Z\u{FC}rich",
            String(repeating: "a", count: 256),
        ])
    func zoneNames(name: String) {
        #expect(
            Self.reason("TZ=\(name) @daily")
                == "provided bad location \(name): unknown time zone \(name)")
    }

    @Test(
        "refusals of a field say which one",
        arguments: [
            ("60 * * * * *", "end of range (60) above maximum (59): 60 (field 1, seconds: 0-59)"),
            ("* 60 * * * *", "end of range (60) above maximum (59): 60 (field 2, minutes: 0-59)"),
            ("* * 24 * * *", "end of range (24) above maximum (23): 24 (field 3, hours: 0-23)"),
            (
                "* * * 0 * *",
                "beginning of range (0) below minimum (1): 0 (field 4, day of month: 1-31)"
            ),
            (
                "* * * 32 * *",
                "end of range (32) above maximum (31): 32 (field 4, day of month: 1-31)"
            ),
            (
                "* * * * 0 *",
                "beginning of range (0) below minimum (1): 0 (field 5, month: 1-12 or jan-dec)"
            ),
            (
                "* * * * 13 *",
                "end of range (13) above maximum (12): 13 (field 5, month: 1-12 or jan-dec)"
            ),
            (
                "* * * * * 7",
                "end of range (7) above maximum (6): 7 (field 6, day of week: 0-6 or sun-sat)"
            ),
            (
                "5-1 * * * * *",
                "beginning of range (5) beyond end of range (1): 5-1 (field 1, seconds: 0-59)"
            ),
            (
                "* * * * dec-jan *",
                "beginning of range (12) beyond end of range (1): dec-jan (field 5, month: 1-12 or"
                    + " jan-dec)"
            ),
            (
                "*/0 * * * * *",
                "step of range should be a positive number: */0 (field 1, seconds: 0-59)"
            ),
            ("*/-1 * * * * *", "negative number (-1) not allowed: -1 (field 1, seconds: 0-59)"),
            ("1-2-3 * * * * *", "too many hyphens: 1-2-3 (field 1, seconds: 0-59)"),
            ("1/2/3 * * * * *", "too many slashes: 1/2/3 (field 1, seconds: 0-59)"),
        ])
    func fields(text: String, reason: String) {
        #expect(Self.reason(text) == reason)
    }

    @Test(
        "what is neither a number nor a name is refused in Go's words",
        arguments: [
            ("a", "invalid syntax"), ("1.5", "invalid syntax"), ("1_0", "invalid syntax"),
            ("0x1", "invalid syntax"), ("L", "invalid syntax"), ("1W", "invalid syntax"),
            ("5#2", "invalid syntax"), ("++1", "invalid syntax"), ("jan", "invalid syntax"),
            ("٣", "invalid syntax"), ("9223372036854775808", "value out of range"),
        ])
    func notANumber(text: String, problem: String) {
        #expect(
            Self.reason("\(text) * * * * *")
                == "failed to parse int from \(text): strconv.Atoi: parsing \"\(text)\": \(problem)"
                + " (field 1, seconds: 0-59)")
    }

    @Test(
        "names are three letters, and only where they belong",
        arguments: [
            "* * * * janu *", "* * * * mon *", "* * * * * january", "* * * * * jan",
            "* * * jan * *", "* * * * ja *", "-1 * * * * *", "5- * * * * *", "/5 * * * * *",
            "5-* * * * * *", "5/ * * * * *", "*5 * * * * *", "** * * * * *",
        ])
    func misplaced(text: String) {
        #expect(Self.reason(text)?.hasPrefix("failed to parse int from ") == true)
    }
}

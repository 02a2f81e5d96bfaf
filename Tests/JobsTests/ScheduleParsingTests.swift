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

    @Test(
        "refusals of the whole text",
        arguments: [
            ("", "empty spec string"),
            (" ", "expected exactly 6 fields, found 0: []"),
            ("0 0 * * *", "expected exactly 6 fields, found 5: [0 0 * * *]"),
            ("* *  * * * * *", "expected exactly 6 fields, found 7: [* * * * * * *]"),
            (" @daily", "expected exactly 6 fields, found 1: [@daily]"),
            ("@", "unrecognized descriptor: @"),
            ("@Daily", "unrecognized descriptor: @Daily"),
            ("@daily ", "unrecognized descriptor: @daily "),
            ("@reboot", "unrecognized descriptor: @reboot"),
            ("@every", "unrecognized descriptor: @every"),
            ("@Every 5s", "unrecognized descriptor: @Every 5s"),
            ("@every\t5s", "unrecognized descriptor: @every\t5s"),
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

    @Test("time zones are refused until they are supported", arguments: ["TZ=", "CRON_TZ="])
    func zones(prefix: String) {
        for rest in ["", "UTC * * * * * *", "Europe/Berlin @daily", " @every 5s"] {
            let reason = Self.reason(prefix + rest)
            #expect(
                reason?.hasPrefix("time zones are not supported yet; write the schedule in UTC")
                    == true)
        }
    }

    @Test(
        "refusals of a field say which one",
        arguments: [
            ("60 * * * * *", "end of range (60) above maximum (59): 60 (field: seconds)"),
            ("* 60 * * * *", "end of range (60) above maximum (59): 60 (field: minutes)"),
            ("* * 24 * * *", "end of range (24) above maximum (23): 24 (field: hours)"),
            ("* * * 0 * *", "beginning of range (0) below minimum (1): 0 (field: day of month)"),
            ("* * * 32 * *", "end of range (32) above maximum (31): 32 (field: day of month)"),
            ("* * * * 0 *", "beginning of range (0) below minimum (1): 0 (field: month)"),
            ("* * * * 13 *", "end of range (13) above maximum (12): 13 (field: month)"),
            ("* * * * * 7", "end of range (7) above maximum (6): 7 (field: day of week)"),
            (
                "5-1 * * * * *",
                "beginning of range (5) beyond end of range (1): 5-1 (field: seconds)"
            ),
            (
                "* * * * dec-jan *",
                "beginning of range (12) beyond end of range (1): dec-jan (field: month)"
            ),
            (
                "*/0 * * * * *",
                "step of range should be a positive number: */0 (field: seconds)"
            ),
            ("*/-1 * * * * *", "negative number (-1) not allowed: -1 (field: seconds)"),
            ("1-2-3 * * * * *", "too many hyphens: 1-2-3 (field: seconds)"),
            ("1/2/3 * * * * *", "too many slashes: 1/2/3 (field: seconds)"),
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
                + " (field: seconds)")
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

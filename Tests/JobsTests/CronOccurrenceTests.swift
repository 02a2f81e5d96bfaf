import EventLog
import Jobs
import TestSupport
import Testing

@Suite("When cron expressions are due")
struct CronOccurrenceTests {
    private static func instant(_ text: String) throws -> Timestamp {
        try PointInTime.parse(text, field: "dueTime").resolve(from: .earliest)
    }

    @Test("the occurrences computed by Dapr's parser, and its refusals")
    func fixture() throws {
        let lines = try TestFile.lines(of: "Fixtures/dapr-cron.tsv")
        #expect(lines.count > 2_500)
        var zones: ZoneTables = [:]
        for line in lines {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(
                String.init)
            try #require(columns.count == 3, "\(line)")
            if columns[2].hasPrefix("ERR ") {
                checkRefusal(of: columns[1], columns[2].dropFirst(4))
                continue
            }
            let schedule = try Schedule.parse(columns[1])
            if let zone = schedule.zone, zones[zone] == nil {
                zones[zone] = try TestFile.zone(zone).table()
            }
            var at = try Self.instant(columns[0])
            let expected = columns[2].split(separator: " ")
            if expected.isEmpty { #expect(schedule.next(after: at, in: zones) == nil, "\(line)") }
            for text in expected {
                at = try #require(schedule.next(after: at, in: zones), "\(line)")
                let shown = try Self.instant("\(text)Z")
                #expect(at.rawValue / 1_000_000_000 == shown.rawValue / 1_000_000_000, "\(line)")
            }
        }
    }

    /// The error comes from parsing, or from the look-up of the zone when a job is planned.
    private func checkRefusal(of text: String, _ reason: Substring) {
        let error = #expect(throws: InvalidField.self, "\(text)") {
            let schedule = try Schedule.parse(text)
            guard schedule.zone != nil else { return }
            let id = try JobID(namespace: "default", target: .app("shop"), name: "job")
            let caller = Caller(api: .http, appID: "shop", peer: "")
            _ = try JobPlan(
                JobRequest(id: id, schedule: text, caller: caller), zones: FixedZones()
            ).resolve(at: Timestamp(seconds: 0), in: [:])
        }
        #expect(error?.reason.hasPrefix(reason) == true, "\(text): \(error?.reason ?? "")")
    }

    @Test("a search second by second finds the same, from a printed seed")
    func secondBySecond() throws {
        var generator = Seed.generator(for: "cron")
        var compared = 0
        for start in NaiveClock.starts {
            for _ in 0..<12 {
                let expression = DenseExpression(using: &generator)
                guard case .cron(let cron, _) = try Schedule.parse(expression.text) else {
                    Issue.record("\(expression.text) is no cron expression")
                    continue
                }
                var clock = start
                var last = start.timestamp
                // Two days: past the end of the month, the year or the leap day of every start.
                for _ in 0..<172_800 {
                    clock.advance()
                    guard expression.matches(clock) else { continue }
                    #expect(
                        cron.next(after: last, in: nil) == clock.timestamp,
                        "\(expression.text) \(last)")
                    last = clock.timestamp
                    compared += 1
                }
                let next = cron.next(after: last, in: nil)
                #expect(next.map { $0 > clock.timestamp } ?? true, "\(expression.text) \(last)")
            }
        }
        #expect(compared > 500)
    }

    @Test(
        "the next occurrence is strictly later, on a whole second",
        arguments: [
            (0, 1), (1, 1), (999_999_999, 1), (1_000_000_000, 2), (-1, 0), (-1_000_000_000, 0),
        ]
            as [(Int64, Int64)])
    func strictlyLater(nanoseconds: Int64, seconds: Int64) throws {
        let schedule = try Schedule.parse("* * * * * *")
        #expect(
            schedule.next(after: Timestamp(nanoseconds: nanoseconds), in: [:])
                == Timestamp(seconds: seconds)
        )
    }

    @Test(
        "dates that never occur, and empty lists, are never due",
        arguments: [
            "0 0 0 30 2 *", "0 0 0 31 2,4,6,9,11 *", ", * * * * *", "* , * * * *", "* * , * * *",
            "* * * , * *", "* * * * , *", "* * * * * ,", "* * * , * ,",
        ])
    func never(text: String) throws {
        #expect(
            try Schedule.parse(text).next(after: Timestamp(seconds: 1_800_000_000), in: [:]) == nil)
    }

    @Test("with lists in both day fields either suffices, even where one is empty")
    func eitherDay() throws {
        let schedule = try Schedule.parse("0 0 0 13 * fri")
        let start = try Self.instant("2026-11-01T00:00:00Z")
        var days = [Timestamp]()
        var at = start
        for _ in 0..<4 {
            at = try #require(schedule.next(after: at, in: [:]))
            days.append(at)
        }
        let expected = ["06", "13", "20", "27"].map { "2026-11-\($0)T00:00:00Z" }
        #expect(try days == expected.map(Self.instant))
        #expect(
            try Schedule.parse("0 0 0 , * fri").next(after: start, in: [:])
                == Self.instant("2026-11-06T00:00:00Z"))
    }

    @Test("the search ends with the fifth year after the one it begins in")
    func searchWindow() throws {
        let leapDay = try Schedule.parse("0 0 0 29 2 *")
        #expect(
            try leapDay.next(after: Self.instant("2096-02-29T00:00:00Z"), in: [:]) == nil,
            "2100 is no leap year")
        #expect(try leapDay.next(after: Self.instant("2098-12-31T23:59:58Z"), in: [:]) == nil)
        // One second later the search begins in 2099.
        #expect(
            try leapDay.next(after: Self.instant("2098-12-31T23:59:59Z"), in: [:])
                == Self.instant("2104-02-29T00:00:00Z"))
    }

    @Test("at the ends of what a timestamp holds there is an answer or none, and no trap")
    func ends() throws {
        for text in ["* * * * * *", "0 0 0 1 1 *", "0 0 0 29 2 *", "59 59 23 31 12 6"] {
            let schedule = try Schedule.parse(text)
            #expect(schedule.next(after: .latest, in: [:]) == nil)
            for start in [Timestamp.earliest, Timestamp(nanoseconds: .min + 1)] {
                let next = schedule.next(after: start, in: [:])
                #expect(next.map { $0 > start } ?? true)
            }
        }
        let every = try Schedule.parse("* * * * * *")
        #expect(every.next(after: Timestamp(nanoseconds: .max - 854_775_807), in: [:]) == nil)
        #expect(
            every.next(after: Timestamp(nanoseconds: .max - 854_775_808), in: [:])
                == Timestamp(seconds: 9_223_372_036))
    }

    @Test("an interval is added as it is, and ends where timestamps end")
    func intervals() throws {
        let schedule = try Schedule.parse("@every 1ms")
        #expect(
            schedule.next(after: Timestamp(nanoseconds: 5), in: [:])
                == Timestamp(nanoseconds: 1_000_005))
        #expect(schedule.next(after: .latest, in: [:]) == nil)
        #expect(try Schedule.parse("@every 0s").next(after: .latest, in: [:]) == .latest)
    }
}

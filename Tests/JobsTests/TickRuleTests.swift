import EventLog
import Jobs
import Testing

@Suite("Which ticks a job has")
struct TickRuleTests {
    private static let anchor = Timestamp(seconds: 1_800_000_000)

    private static func at(_ seconds: Int64) -> Timestamp {
        Timestamp(seconds: 1_800_000_000 + seconds)
    }

    private static func rule(
        _ schedule: String?, repeats: UInt32? = nil, expiry: Timestamp? = nil
    ) throws -> TickRule {
        let schedule = try schedule.map { try Schedule.parse($0) }
        return TickRule(schedule: schedule, repeats: repeats, expiry: expiry)
    }

    /// The due times from the first on, at most `limit`.
    private static func ticks(_ rule: TickRule, isDueAtAnchor: Bool, limit: Int = 10)
        -> ([Timestamp], TickRule.Following?)
    {
        guard var due = rule.first(anchor: anchor, isDueAtAnchor: isDueAtAnchor, in: [:]) else {
            return ([], nil)
        }
        var ticks = [due]
        while ticks.count < limit {
            let following = rule.following(tick: UInt64(ticks.count), due: due, in: [:])
            guard case .due(let next) = following else { return (ticks, following) }
            due = next
            ticks.append(due)
        }
        return (ticks, nil)
    }

    @Test(
        "of a job that ran elsewhere the first tick here is the one after the last there",
        arguments: [
            ("@every 1h", nil, 7_200, 10_800), ("@every 1h", 3, 7_200, 10_800),
            ("@every 1h", 2, 7_200, nil), ("@daily", nil, 1, 16 * 3_600),
        ] as [(String, UInt32?, Int64, Int64?)])
    func elsewhere(schedule: String, repeats: UInt32?, last: Int64, next: Int64?) throws {
        let ticks = TicksElsewhere(count: 2, lastDue: Self.at(last))
        for isDueAtAnchor in [false, true] {
            let first = try Self.rule(schedule, repeats: repeats).first(
                anchor: Self.anchor, isDueAtAnchor: isDueAtAnchor, after: ticks, in: [:])
            #expect(first == next.map(Self.at))
        }
        let expired = try Self.rule(schedule, expiry: Self.at(last)).first(
            anchor: Self.anchor, isDueAtAnchor: false, after: ticks, in: [:])
        #expect(expired == nil)
        let once = try Self.rule(nil).first(
            anchor: Self.anchor, isDueAtAnchor: true, after: ticks, in: [:])
        #expect(once == nil)
    }

    @Test("without a schedule there is one tick, at the due time")
    func single() throws {
        let (ticks, end) = Self.ticks(try Self.rule(nil), isDueAtAnchor: true)
        #expect(ticks == [Self.anchor])
        #expect(end == .completed)
    }

    @Test("a schedule alone begins with its first occurrence, not at once")
    func scheduleAlone() throws {
        let (ticks, _) = Self.ticks(
            try Self.rule("@every 1h"), isDueAtAnchor: false, limit: 3)
        #expect(ticks == [Self.at(3_600), Self.at(7_200), Self.at(10_800)])
        // 1,800,000,000 is a Friday, 08:00:00.
        let daily = try Self.rule("@daily").first(
            anchor: Self.anchor, isDueAtAnchor: false, in: [:])
        #expect(daily == Self.at(16 * 3_600))
    }

    @Test("a due time is the first tick, and the schedule counts from it")
    func scheduleAndDueTime() throws {
        let (ticks, _) = Self.ticks(try Self.rule("@every 1h"), isDueAtAnchor: true, limit: 3)
        #expect(ticks == [Self.anchor, Self.at(3_600), Self.at(7_200)])
        let (daily, _) = Self.ticks(try Self.rule("@daily"), isDueAtAnchor: true, limit: 3)
        #expect(daily == [Self.anchor, Self.at(16 * 3_600), Self.at(40 * 3_600)])
    }

    @Test("repeats counts every tick, the one at the due time included")
    func repeats() throws {
        for isDueAtAnchor in [true, false] {
            for count in 1...3 {
                let rule = try Self.rule("@every 1s", repeats: UInt32(count))
                let (ticks, end) = Self.ticks(rule, isDueAtAnchor: isDueAtAnchor)
                #expect(ticks.count == count)
                #expect(end == .completed)
            }
        }
    }

    @Test("the largest repeats is reached exactly")
    func repeatsMax() throws {
        let rule = try Self.rule("@every 1s", repeats: .max)
        let last = UInt64(UInt32.max)
        #expect(rule.following(tick: last - 1, due: Self.anchor, in: [:]) == .due(Self.at(1)))
        #expect(rule.following(tick: last, due: Self.anchor, in: [:]) == .completed)
        #expect(rule.following(tick: .max, due: Self.anchor, in: [:]) == .completed)
    }

    @Test("a tick before or exactly at the expiry exists, one after it does not")
    func expiry() throws {
        for (expiry, count) in [(2_999, 2), (3_000, 3), (3_001, 3)] {
            let end = Timestamp(nanoseconds: Self.anchor.rawValue + Int64(expiry) * 1_000_000)
            let rule = try Self.rule("@every 1s", expiry: end)
            let (ticks, following) = Self.ticks(rule, isDueAtAnchor: false)
            #expect(ticks.count == count)
            #expect(following == .expired)
        }
    }

    @Test("repeats done before the expiry is completion, not expiry")
    func repeatsBeforeExpiry() throws {
        let rule = try Self.rule("@every 1s", repeats: 2, expiry: Self.at(2))
        let (ticks, end) = Self.ticks(rule, isDueAtAnchor: false)
        #expect(ticks == [Self.at(1), Self.at(2)])
        #expect(end == .completed)
    }

    @Test("a first tick after the expiry is none")
    func expiredAtOnce() throws {
        let rule = try Self.rule("@daily", expiry: Self.at(10))
        #expect(rule.first(anchor: Self.anchor, isDueAtAnchor: false, in: [:]) == nil)
        let past = try Self.rule("@every 1s", expiry: .earliest)
        #expect(past.first(anchor: Self.anchor, isDueAtAnchor: true, in: [:]) == nil)
    }

    @Test("an interval of 0 repeats on the spot as often as it was told to")
    func zeroInterval() throws {
        let rule = try Self.rule("@every 0s", repeats: 3)
        let (ticks, end) = Self.ticks(rule, isDueAtAnchor: false)
        #expect(ticks == [Self.anchor, Self.anchor, Self.anchor])
        #expect(end == .completed)
    }

    @Test("a due time long past keeps every tick since")
    func pastDueTime() throws {
        let rule = try Self.rule("@every 1s")
        let past = Self.at(-31_536_000)
        #expect(rule.first(anchor: past, isDueAtAnchor: true, in: [:]) == past)
        #expect(rule.following(tick: 1, due: past, in: [:]) == .due(Self.at(-31_535_999)))
    }

    @Test("where timestamps end, ticks end; nothing traps")
    func overflow() throws {
        let longest = try Self.rule("@every 2562047h47m16.854775807s")
        #expect(longest.first(anchor: Self.anchor, isDueAtAnchor: false, in: [:]) == nil)
        #expect(
            longest.first(anchor: .earliest, isDueAtAnchor: false, in: [:])
                == Timestamp(nanoseconds: -1))
        #expect(longest.following(tick: 1, due: Timestamp(nanoseconds: 1), in: [:]) == .expired)
        let secondly = try Self.rule("* * * * * *")
        #expect(secondly.following(tick: .max, due: .latest, in: [:]) == .expired)
        #expect(secondly.first(anchor: .latest, isDueAtAnchor: false, in: [:]) == nil)
        #expect(secondly.first(anchor: .latest, isDueAtAnchor: true, in: [:]) == .latest)
    }

    @Test("in a time zone a tick is counted by the rules given, from the due time before")
    func zoned() throws {
        let rule = try Self.rule("CRON_TZ=Europe/Berlin 0 30 2 * * *")
        let zones = try TestFile.zones("Europe/Berlin")
        // 2027-03-27 02:30 in Berlin; the next day has no such time.
        let due = Timestamp(seconds: 1_806_111_000)
        #expect(
            rule.following(tick: 1, due: due, in: zones)
                == .due(Timestamp(seconds: due.rawValue / 1_000_000_000 + 47 * 3_600)))
        let moved = try [
            "Europe/Berlin": ZoneTable(tzif: TestFile.zone("Asia/Kathmandu").tzif)
        ]
        #expect(
            rule.following(tick: 1, due: due, in: moved)
                == .due(Timestamp(seconds: due.rawValue / 1_000_000_000 + 19 * 3_600 + 900)))
        #expect(rule.following(tick: 1, due: due, in: [:]) == .expired)
    }

    @Test("a due time stands by itself, whatever the zone; the schedule counts from it")
    func zonedWithDueTime() throws {
        let rule = try Self.rule("TZ=Asia/Kathmandu 0 0 14 * * *", repeats: 2)
        let zones = try TestFile.zones("Asia/Kathmandu")
        #expect(rule.first(anchor: Self.anchor, isDueAtAnchor: true, in: zones) == Self.anchor)
        // 08:00 UTC is 13:45 there.
        #expect(
            rule.following(tick: 1, due: Self.anchor, in: zones) == .due(Self.at(900)))
        #expect(rule.following(tick: 2, due: Self.at(900), in: zones) == .completed)
    }

    @Test("a schedule that finds nothing more within its search ends the job")
    func searchEnds() throws {
        let rule = try Self.rule("0 0 0 29 2 *")
        // 2096-02-29: the next leap day is eight years later.
        #expect(
            rule.following(tick: 1, due: Timestamp(seconds: 3_981_312_000), in: [:]) == .expired)
    }
}

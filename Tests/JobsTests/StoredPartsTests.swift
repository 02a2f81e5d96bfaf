import Jobs
import Testing

/// Schedules, zones and names stored outside the log and read back.
@Suite("Parts that are stored and read back") struct StoredPartsTests {
    private func expression(_ text: String) throws -> CronExpression {
        guard case .cron(let expression, _) = try Schedule.parse(text) else {
            throw InvalidField("schedule", "no cron expression")
        }
        return expression
    }

    @Test(
        "a cron expression is its parts",
        arguments: [
            "* * * * * *", "0 0 0 1 1 0", "59 59 23 31 12 6", "*/7 1-5 3,4 ? 2 */2", "@weekly",
            ", 0 0 1 1 0",
        ])
    func expressionParts(_ text: String) throws {
        let expression = try expression(text)
        #expect(CronExpression(expression.parts) == expression)
    }

    @Test("no expression has a value that its field cannot have") func impossibleParts() throws {
        let parts = try expression("0 0 0 1 1 0").parts
        let sets: [(WritableKeyPath<CronExpression.Parts, UInt64>, ClosedRange<Int>)] = [
            (\.seconds, 0...59), (\.minutes, 0...59), (\.hours, 0...23), (\.daysOfMonth, 1...31),
            (\.months, 1...12), (\.daysOfWeek, 0...6),
        ]
        for (set, range) in sets {
            for value in 0..<64 {
                var changed = parts
                changed[keyPath: set] = 1 << UInt64(value)
                #expect((CronExpression(changed) != nil) == range.contains(value), "\(value)")
            }
        }
    }

    @Test("equal schedules hash alike, whatever text they came from") func hashes() throws {
        let texts = ["@every 60s", "@every 1m", "@daily", "0 0 0 * * *", "TZ=A/B @daily"]
        let schedules = try texts.map { text in try Schedule.parse(text) }
        #expect(Set(schedules).count == 3)
    }

    @Test("a timeline is its changes") func changes() throws {
        let changes = [
            OffsetTimeline.Change(start: .min, offset: -89_999),
            OffsetTimeline.Change(start: -1, offset: 93_599),
            OffsetTimeline.Change(start: 0, offset: -89_999),
        ]
        let timeline = try #require(OffsetTimeline(changes: changes))
        #expect(timeline.changes == changes)
        let period = ZoneTable(timeline).period(at: -1)
        #expect(period == ZoneTable(timeline).period(at: -1))
        #expect((period.start, period.end, period.offset) == (-1, 0, 93_599))
    }

    @Test(
        "no timeline has changes out of order, without effect, or beyond all timestamps",
        arguments: [
            [], [(0, 0)], [(.min, -90_000)], [(.min, 93_600)], [(.min, 0), (0, 0)],
            [(.min, 0), (.min, 1)], [(.min, 0), (5, 1), (5, 2)], [(.min, 0), (5, 1), (4, 2)],
            [(.min, 0), (9_223_372_037, 1)], [(.min, 0), (-9_223_372_037, 1)],
        ] as [[(Int64, Int32)]])
    func impossibleChanges(_ changes: [(Int64, Int32)]) {
        let changes = changes.map { OffsetTimeline.Change(start: $0, offset: $1) }
        #expect(OffsetTimeline(changes: changes) == nil)
    }

    @Test("a job is routed to its route and to no other") func routes() throws {
        let targets: [Target] = [
            .app("shop"), .app("shops"), .app("sho"), .actor(type: "shop", id: "1"),
        ]
        let jobs = try targets.map { target in
            try JobID(namespace: "default", target: target, name: "shop")
        }
        for job in jobs {
            for other in jobs {
                #expect(job.isRouted(to: other.route) == (job.route == other.route))
            }
        }
    }

    @Test("a fingerprint is its number") func fingerprints() {
        let fingerprint = Fingerprint(
            schedule: "@daily", dueTime: nil, ttl: nil, repeats: 1, failurePolicy: .standard,
            payload: nil, submittedAppID: nil, concurrencyKey: nil)
        #expect(Fingerprint(rawValue: fingerprint.rawValue) == fingerprint)
        #expect(Fingerprint(rawValue: fingerprint.rawValue &+ 1) != fingerprint)
    }
}

import Audit
import EventLog
import Jobs
import TestSupport
import Testing

@Suite("Drawing the timeline of a job")
struct TimelineTests {
    private func timeline(
        _ history: History, from start: UInt64? = nil, ticksMax: Int = Timeline.ticksMax,
        _ name: String = "report"
    ) throws -> Timeline {
        let id = try JobID(namespace: "default", target: .app("shop"), name: name)
        var timeline = Timeline(
            of: id, from: start.map { SequenceNumber($0) }, ticksMax: ticksMax)
        for record in history.records { timeline.add(record) }
        return timeline
    }

    /// How often each mark is drawn, without the legend.
    private func marks(_ timeline: Timeline) -> [String: Int] {
        let picture = timeline.drawing()
        let drawn = picture.components(after: "</g>", before: "</svg>")
        var counts: [String: Int] = [:]
        for part in drawn.split(separator: "class=\"").dropFirst() {
            let style = part.prefix { $0 != "\"" }
            let name = style.hasPrefix("mark ") ? style.dropFirst(5) : style
            counts[String(name), default: 0] += 1
        }
        return counts
    }

    private func ran() throws -> (History, SequenceNumber) {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(history.triggered(job, at: 60), .succeeded, next: (2, 120), at: 61)
        return (history, job)
    }

    @Test("a tick that ran: due, sent, answered, and the wait between")
    func ranOnce() throws {
        let (history, _) = try ran()
        let timeline = try timeline(history)
        let marks = marks(timeline)
        #expect(timeline.tickCount == 1)
        for mark in ["ran", "wait", "sent", "delivery", "succeeded", "tick", "span"] {
            #expect(marks[mark] == 1, "\(mark): \(marks)")
        }
        for mark in ["unsent", "behind", "open", "downtime", "replaced", "deleted", "finished"] {
            #expect(marks[mark] == nil, "\(mark): \(marks)")
        }
        #expect(timeline.drawing().contains("next due 1970-01-01T00:02:00Z"))
        #expect(
            timeline.drawing().contains(
                "<title>tick 1 of generation 3, due 1970-01-01T00:01:00Z; sent 1970-01-01T00:01:00Z"
                    + " (#4); succeeded (#5)</title>"))
    }

    @Test(
        "every answer has a mark of its own",
        arguments: [
            (Acknowledgement.Outcome.succeeded, "succeeded"), (.failed, "failed"),
            (.dropped, "dropped"), (.timedOut, "timedOut"), (.undeliverable, "undeliverable"),
            (.abandoned, "abandoned"),
        ])
    func answers(outcome: Acknowledgement.Outcome, mark: String) throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(history.triggered(job, at: 60), outcome, next: (2, 120), at: 61)
        let all = [
            "succeeded", "failed", "dropped", "timedOut", "undeliverable", "abandoned", "late",
        ]
        let marks = marks(try timeline(history))
        #expect(all.filter { marks[$0] != nil } == [mark])
    }

    @Test("a connection that broke has a mark of its own, unless that was a failed attempt")
    func broken() throws {
        for (outcome, mark) in [(Acknowledgement.Outcome.abandoned, "broken"), (.failed, "failed")]
        {
            var history = try History.ready()
            let job = try history.created(schedule: "@every 60s")
            let trigger = history.triggered(job, at: 60)
            history.acknowledged(trigger, outcome, code: 0, isBreak: true, next: (1, 60), at: 61)
            let marks = marks(try timeline(history))
            #expect(["abandoned", "broken", "failed"].filter { marks[$0] != nil } == [mark])
        }
    }

    @Test("attempts of one tick are numbered")
    func attempts() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(
            history.triggered(job, at: 60), .failed, code: 500, next: (1, 90), at: 61)
        history.acknowledged(
            history.triggered(job, at: 90, attempt: 2, cause: .retry), .succeeded, next: (2, 120),
            at: 91)
        let timeline = try timeline(history)
        let marks = marks(timeline)
        #expect(marks["delivery"] == 2)
        #expect(marks["ran"] == 1)
        #expect(marks["failed"] == 1)
        #expect(marks["small count"] == 1)
        #expect(timeline.drawing().contains(">2nd</text>\n</g>"))
    }

    @Test("deliveries in one place are counted")
    func counts() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.add(.frontier, at: 200)
        for tick in UInt64(1)...3 {
            let due = Int64(tick) * 60
            history.acknowledged(
                history.triggered(job, tick: tick, due: due, at: 200), .succeeded,
                next: (tick + 1, due + 60), at: 200)
        }
        let timeline = try timeline(history)
        #expect(timeline.drawing().contains(">×3</text>\n</g>"))
        #expect(marks(timeline)["small count"] == 1)
    }

    @Test("no scheduler running and no app are shaded, also when that lasts")
    func outages() throws {
        var (history, _) = try ran()
        history.opened(isAfterCleanClose: false, at: 80)
        try history.present(at: 90)
        try history.absent(at: 100)
        history.add(.frontier, at: 110)
        let marks = marks(try timeline(history))
        #expect(marks["downtime"] == 1)
        #expect(marks["absence"] == 2)
    }

    @Test("replaced while a tick waited: the tick was not sent, those after it never came")
    func replaced() throws {
        var (history, job) = try ran()
        history.add(.frontier, at: 250)
        try history.updated(job, firstDue: 1_000)
        let marks = marks(try timeline(history))
        #expect(marks["replaced"] == 1)
        #expect(marks["unsent"] == 1)
        #expect(marks["behind"] == 2, "those of 180 and 240 s")
        #expect(marks["span"] == 2)
    }

    @Test("deleted by a caller, or ended by itself")
    func ended() throws {
        var (history, job) = try ran()
        history.deleted(job, at: 90)
        #expect(marks(try timeline(history))["deleted"] == 1)

        history = try History.ready()
        job = try history.created()
        history.run(job, at: 60)
        let marks = marks(try timeline(history))
        #expect(marks["finished"] == 1)
        #expect(marks["deleted"] == nil)
    }

    @Test("in flight where the log ends; a late answer to what was replaced")
    func unanswered() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        let trigger = history.triggered(job, at: 60)
        history.add(.frontier, at: 70)
        #expect(marks(try timeline(history))["open"] == 1)
        try history.updated(job, firstDue: 1_000)
        history.acknowledged(trigger, .late, at: 80, isLast: false)
        #expect(marks(try timeline(history))["late"] == 1)
    }

    @Test("skipped ticks are noted in words")
    func skipped() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.add(.frontier, at: 200)
        history.skipped(job, 1...3, next: (4, 240))
        let timeline = try timeline(history)
        #expect(timeline.drawing().contains("3 ticks skipped by policy."))
        #expect(marks(timeline)["unsent"] == 1)
    }

    @Test("a limited number of ticks is drawn, and the total is noted")
    func limit() throws {
        func history(_ count: UInt64) throws -> History {
            var history = try History.ready()
            let job = try history.created(schedule: "@every 60s")
            for tick in 1...count {
                let due = Int64(tick) * 60
                history.acknowledged(
                    history.triggered(job, tick: tick, due: due, at: due), .succeeded,
                    next: (tick + 1, due + 60))
            }
            return history
        }
        var all = try timeline(try history(1_000))
        #expect((all.drawnCount, all.tickCount) == (1_000, 1_000))
        #expect(!all.drawing().contains("Only the first"))
        #expect(marks(all)["row"] == 20)
        all = try timeline(try history(1_001))
        #expect((all.drawnCount, all.tickCount) == (1_000, 1_001))
        #expect(all.drawing().contains("Only the first 1000 of 1001 ticks are drawn."))
    }

    @Test("a part is drawn without what was over before it")
    func part() throws {
        var (history, job) = try ran()
        history.acknowledged(
            history.triggered(job, tick: 2, due: 120, at: 120), .succeeded, next: (3, 180))
        let timeline = try timeline(history, from: 6)
        #expect(timeline.drawnCount == 1)
        #expect(timeline.drawing().contains("tick 2 of generation 3"))
        #expect(!timeline.drawing().contains("tick 1 of generation 3"))
    }

    @Test("another name has no timeline")
    func other() throws {
        #expect(try timeline(try ran().0, "other").isEmpty)
        #expect(try !timeline(try ran().0).isEmpty)
    }

    @Test("the axis is labelled in UTC, midnights with their date")
    func axis() throws {
        let picture = try timeline(try ran().0).drawing()
        for label in ["1970-01-01", "00:00:10", "00:01:00"] {
            #expect(picture.contains(">\(label)</text>"), "\(label)")
        }
        #expect(!picture.contains(">00:00:00</text>"))
    }

    @Test("texts from outside are escaped")
    func escaped() throws {
        var history = try History.ready()
        try history.created("a<b>&\"c")
        let picture = try timeline(history, "a<b>&\"c").drawing()
        #expect(picture.contains(">a&lt;b&gt;&amp;&quot;c</text>"))
        #expect(!picture.contains("a<b"))
    }
}

extension String {
    /// The text between the first `start` and the last `end`.
    fileprivate func components(after start: String, before end: String) -> Substring {
        guard let first = ranges(of: start).first, let last = ranges(of: end).last else {
            return self[...]
        }
        return self[first.upperBound..<last.lowerBound]
    }
}

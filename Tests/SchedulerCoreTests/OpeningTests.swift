import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

@Suite("Opening the log") struct OpeningTests {
    @Test("a new log opens as if after a clean close, and wakes for its first frontier")
    func newLog() throws {
        var scenario = try Scenario.blank()
        try scenario.when("00:00:00 open", then: "#1 opened")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:10"))
        let record = try #require(try scenario.records().first)
        let opening = Opening(
            bootID: BootID(high: 0xB007, low: 1), softwareVersion: "test",
            logFormat: EventCodec.format, isAfterCleanClose: true)
        #expect(record.event == .opened(opening))
    }

    @Test("only a close as the last event makes an opening clean") func cleanClose() throws {
        var scenario = try Scenario("00:00:00 create shop/a in=1h")
        try scenario.when("00:00:01 open", then: "#3 opened after a crash")
        try scenario.when("00:00:02 close", then: "#4 closed")
        try scenario.when("00:00:03 open", then: "#5 opened after a clean close")
        try scenario.when("00:00:04 open", then: "#6 opened after a crash")
    }

    @Test("opening wakes at once for what was in flight; it is abandoned before anything is due")
    func inFlight() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a every=1s",
            "00:00:00 create shop/b in=5s", "00:00:01 tick", "00:00:20 open")
        #expect(scenario.effects.wakeAt == ScriptTime.parse("00:00:20"))
        try scenario.when(
            "00:00:20 receiver w1 app=shop", then: "#7 receiverPresent app(shop) w1",
            "#8 acknowledged 5 abandoned; next 00:00:01 tick=1 attempt=1",
            "#9 triggered 3 tick=1 due=00:00:01 attempt=1 redelivery heldBy=downtime → w1 id=9",
            "#10 triggered 4 tick=1 due=00:00:05 attempt=1 heldBy=downtime → w1 id=10")
    }

    @Test("a second crash before the redelivery's answer starts over with the same key")
    func twice() throws {
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop", "00:00:00 create shop/a in=1s drop", "00:00:01 tick")
        let key = scenario.effects.deliveries.map(\.key)
        try scenario.given("00:00:02 open", "00:00:02 receiver w1 app=shop")
        #expect(scenario.effects.deliveries.map(\.key) == key)
        try scenario.given("00:00:03 open", "00:00:03 receiver w1 app=shop")
        #expect(scenario.effects.deliveries.map(\.key) == key)
        #expect(scenario.effects.deliveries.map(\.attempt) == [1])
    }

    @Test("another process's triggers are abandoned, never answered, and take no receiver's room")
    func anotherProcess() throws {
        // Receiver numbers start again in every process: the abandoned trigger of the dead receiver 1 freed room of
        // the live receiver 1, which then got more than its window.
        var scenario = try Scenario(
            "00:00:00 receiver w1 app=shop window=1", "00:00:00 create shop/a in=1s",
            "00:00:00 create shop/b in=1s", "00:00:00 create shop/c in=1s", "00:00:01 tick",
            "00:00:02 open")
        try scenario.given(
            """
            00:00:03 answer 6 succeeded & receiver w1 app=shop window=1 \
            & receiver w2 app=shop window=3
            """)
        #expect(scenario.effects.deliveries.map(\.receiver.rawValue) == [1, 2, 2])
        #expect(scenario.machine.unexpectedAnswers == 1)
        try scenario.when(
            "00:00:04 answer 6 succeeded", then: "(dropped: 6 is another process's; counted)")
    }

    @Test("more in flight than a turn takes is abandoned over several turns, then sent again")
    func manyInFlight() throws {
        var scenario = try Scenario("00:00:00 receiver w1 app=shop window=5000")
        let count = 2_500
        for first in stride(from: 0, to: count, by: 100) {
            let inputs = try (first..<first + 100).map { number in
                try scenario.create("shop/\(number)", in: "1s")
            }
            try scenario.step(inputs, at: ScriptTime.midnight)
        }
        let second = try #require(ScriptTime.parse("00:00:01"))
        while scenario.machine.projection.inFlight.count < count {
            try scenario.step([], at: second)
        }
        try scenario.given("00:00:02 open", "00:00:02 receiver w1 app=shop window=5000")
        var steps = 1
        while scenario.effects.wakeAt == ScriptTime.parse("00:00:02") {
            try scenario.given("00:00:02 tick")
            steps += 1
        }
        #expect(steps == 6)
        let acknowledged = try scenario.records().filter {
            if case .acknowledged(let event) = $0.event {
                event.outcome == .abandoned
            } else {
                false
            }
        }
        #expect(acknowledged.count == count)
        #expect(scenario.machine.projection.inFlight.count == count)
    }
}

extension Scenario {
    /// A command to create `name`, due in `span`.
    mutating func create(_ name: String, in span: String, payload: Int? = nil) throws -> Input {
        let request = JobRequest(
            id: try Script.job(name), dueTime: span,
            payload: payload.map {
                Payload(typeURL: "", value: [UInt8](repeating: 7, count: $0))
            },
            caller: Script.caller)
        return .command(.schedule(try JobPlan(request, zones: FixedZones())), token: nextToken())
    }
}

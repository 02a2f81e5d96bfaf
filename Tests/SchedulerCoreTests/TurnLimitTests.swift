import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

@Suite("A turn has limits") struct TurnLimitTests {
    private let later = ScriptTime.midnight.clampedAdding(nanoseconds: 1_000_000_000)

    /// `count` one-shot jobs of `shop`, due at `later`.
    private func scenario(jobs count: Int) throws -> Scenario {
        var scenario = try Scenario()
        let inputs = try (0..<count).map { try scenario.create("shop/\($0)", in: "1s") }
        try scenario.step(inputs, at: ScriptTime.midnight)
        while !scenario.pending.isEmpty { try scenario.step([], at: ScriptTime.midnight) }
        #expect(scenario.machine.projection.rows.count == count)
        return scenario
    }

    @Test("a flood of due ticks is triggered over several turns, at most 1,000 events each")
    func ticks() throws {
        var scenario = try scenario(jobs: 2_500)
        try scenario.given("00:00:01 receiver w1 app=shop window=5000")
        var turns = [scenario.effects.deliveries.count]
        while scenario.effects.wakeAt == later {
            // Ties go to the older job, so nothing is decided at this due time before the last of them.
            #expect(scenario.effects.decidedThrough == later.clampedAdding(nanoseconds: -1))
            try scenario.step([], at: later)
            turns.append(scenario.effects.deliveries.count)
        }
        #expect(turns == [997, 998, 505])
        #expect(scenario.effects.decidedThrough == later)
    }

    @Test("answers beyond the limit come back first, in order, and each is taken once")
    func answers() throws {
        var scenario = try scenario(jobs: 1_500)
        try scenario.given("00:00:01 receiver w1 app=shop window=5000", "00:00:01 tick")
        #expect(scenario.machine.projection.inFlight.count == 1_500)
        let triggers = scenario.machine.projection.inFlightTriggers { _ in true }
        try scenario.step(
            triggers.map { .answer(Answer(trigger: $0, outcome: .succeeded)) }, at: later)
        var taken = acknowledged(scenario)
        while !scenario.pending.isEmpty {
            #expect(scenario.effects.wakeAt == later)
            #expect(scenario.effects.events.count >= 998)
            try scenario.step([], at: later)
            taken += acknowledged(scenario)
        }
        #expect(taken == triggers)
        #expect(scenario.machine.projection.rows.isEmpty)
        #expect(scenario.machine.unexpectedAnswers == 0)
    }

    @Test("what apps say of a thousand failures fits in a turn, also beside a large payload")
    func errors() throws {
        var scenario = try scenario(jobs: 1_500)
        try scenario.given("00:00:01 receiver w1 app=shop window=5000", "00:00:01 tick")
        let words = [UInt8](repeating: 0x78, count: ErrorText.bytesMax)
        let answers = scenario.machine.projection.inFlightTriggers { _ in true }.map {
            Input.answer(
                Answer(
                    trigger: $0, outcome: .failed,
                    error: ErrorText(words, salt: ($0.sequence.rawValue, 0))))
        }
        let command = try scenario.create("bank/a", in: "1h", payload: 8 << 20)
        try scenario.step(answers + [command], at: later)
        var kept = check(scenario)
        while !scenario.pending.isEmpty {
            try scenario.step([], at: later)
            kept += check(scenario)
        }
        #expect(kept == 1_501)
    }

    /// Ends the process if a log would refuse the turn. Returns how many payloads it has.
    private func check(_ scenario: Scenario) -> Int {
        guard let first = scenario.effects.events.first else { return 0 }
        var records = RecordBatch(first: first.sequence)
        for event in scenario.effects.events {
            records.append { EventCodec.encode(event, into: &$0) }
        }
        let payloads = scenario.effects.payloads
        LogLimits().check(
            Turn(records: records, payloads: payloads, time: later, decidedThrough: later))
        return payloads.count
    }

    private func acknowledged(_ scenario: Scenario) -> [TriggerID] {
        scenario.effects.events.compactMap {
            if case .acknowledged(let event) = $0.event { event.trigger } else { nil }
        }
    }

    @Test("an app with thousands of overdue ticks does not make another app's late")
    func routesInTurns() throws {
        var scenario = try scenario(jobs: 5_000)
        try scenario.step([try scenario.create("bank/a", in: "2s")], at: ScriptTime.midnight)
        try scenario.given("00:00:00 receiver w2 app=bank window=10")
        let due = later.clampedAdding(nanoseconds: 1_000_000_000)
        try scenario.given("00:00:02 receiver w1 app=shop window=9000")
        #expect(scenario.effects.deliveries.map(\.id.name).contains("a"))
        // All are triggered, and in each app the earliest first.
        var count = scenario.effects.deliveries.count
        var shop: [SequenceNumber] = []
        while true {
            shop += scenario.effects.deliveries.filter { $0.id.name != "a" }.map(\.generation)
            guard scenario.effects.wakeAt == due else { break }
            try scenario.step([], at: due)
            count += scenario.effects.deliveries.count
        }
        #expect(count == 5_001 && shop == shop.sorted())
    }

    @Test("reports of many receivers delay neither commands nor due ticks, and all are taken")
    func arrivals() throws {
        var scenario = try scenario(jobs: 200)
        try scenario.given("00:00:00 receiver w1 app=shop window=5000")
        try scenario.step([try scenario.create("crowd/a", in: "1h")], at: ScriptTime.midnight)
        let route = try RouteKey(namespace: "default", appID: "crowd")
        let receivers = (0..<20_000).map { ReceiverID(1_000 + $0) }
        let reports = receivers.map { receiver in
            Input.receiverPresent(
                Presence(route: route, receiver: receiver, address: "10.0.0.1:1", window: 1))
        }
        // The last one is gone before its report was looked at.
        let command = try scenario.create("bank/a", in: "1h")
        let absence = Input.receiverAbsent(receivers[19_999], .lost)
        try scenario.step(reports + [absence, command], at: later)
        #expect(scenario.effects.deliveries.count == 200)
        #expect(scenario.effects.replies.count == 1)
        #expect(try drain(&scenario).turns == 20_001 / 250 + 1)
        // When the others have gone too, nobody of the route is there: the last one had not stayed.
        try scenario.step(receivers.dropLast().map { .receiverAbsent($0, .lost) }, at: later)
        #expect(try drain(&scenario).absences == 1)
    }

    @Test(
        "a receiver that comes and goes in a full turn does not stay", arguments: [380, 420, 480])
    func arrivalInAFullTurn(answers: Int) throws {
        var scenario = try scenario(jobs: answers)
        try scenario.step([try scenario.create("bank/a", in: "1h")], at: ScriptTime.midnight)
        try scenario.given("00:00:01 receiver w1 app=shop window=5000", "00:00:01 tick")
        let triggers = scenario.machine.projection.inFlightTriggers { _ in true }
        #expect(triggers.count == answers)
        let receiver = ReceiverID(1_000)
        let presence = Presence(
            route: try RouteKey(namespace: "default", appID: "bank"), receiver: receiver,
            address: "10.0.0.1:1", window: 1)
        try scenario.step(
            triggers.map { .answer(Answer(trigger: $0, outcome: .succeeded)) }
                + [.receiverPresent(presence), .receiverAbsent(receiver, .lost)], at: later)
        while !scenario.pending.isEmpty { try scenario.step([], at: later) }
        try scenario.given("01:00:00 tick")
        #expect(scenario.effects.deliveries.isEmpty)
    }

    /// Takes turns until nothing is pending; the one before counts.
    private func drain(_ scenario: inout Scenario) throws -> (turns: Int, absences: Int) {
        var (turns, absences) = (1, 0)
        while true {
            absences += scenario.effects.events.count { record in
                if case .receiverAbsent = record.event { true } else { false }
            }
            if scenario.pending.isEmpty { return (turns, absences) }
            try scenario.step([], at: later)
            turns += 1
        }
    }

    @Test("commands are not starved by a flood of ticks, nor ticks by a flood of commands")
    func fairness() throws {
        var scenario = try scenario(jobs: 2_000)
        try scenario.given("00:00:00 receiver w1 app=shop window=5000")
        let commands = try (0..<1_000).map { try scenario.create("bank/\($0)", in: "1h") }
        try scenario.step(commands, at: later)
        #expect(scenario.effects.deliveries.count == 498)
        #expect(scenario.effects.replies.count == 500)
        #expect(scenario.pending.count == 500)
        try scenario.step([], at: later)
        #expect(scenario.effects.replies.count + scenario.pending.count == 500)
    }

    @Test("commands beyond the limit come back first and in order") func commands() throws {
        var scenario = try Scenario()
        let inputs = try (0..<2_500).map { try scenario.create("shop/\($0)", in: "1s") }
        try scenario.step(inputs, at: ScriptTime.midnight)
        var replies = scenario.effects.replies.map(\.token)
        while !scenario.pending.isEmpty {
            try scenario.step([], at: ScriptTime.midnight)
            replies += scenario.effects.replies.map(\.token)
        }
        #expect(replies == replies.sorted() && replies.count == 2_500)
    }

    @Test("payloads of a turn stay within what a log takes, its records included") func payloads()
        throws
    {
        // Two payloads of 4 MiB, or three of 3.9, made a turn that no log takes, and the writer died.
        var scenario = try Scenario()
        let mebibytes = { (count: Int) in count << 20 }
        let inputs = try [mebibytes(4), 10, mebibytes(4), mebibytes(3), 10].enumerated().map {
            try scenario.create("shop/\($0.offset)", in: "1s", payload: $0.element)
        }
        try scenario.step(inputs, at: ScriptTime.midnight)
        #expect(scenario.effects.payloads.map(\.generation.rawValue) == [2, 3])
        try scenario.step([], at: ScriptTime.midnight)
        #expect(scenario.effects.payloads.map(\.generation.rawValue) == [4])
        try scenario.step([], at: ScriptTime.midnight)
        #expect(scenario.effects.payloads.map(\.generation.rawValue) == [5, 6])
    }

    @Test("a payload larger than a turn gets a turn of its own") func hugePayload() throws {
        var scenario = try Scenario()
        let inputs = try [10, 9 << 20, 10].enumerated().map {
            try scenario.create("shop/\($0.offset)", in: "1s", payload: $0.element)
        }
        try scenario.step(inputs, at: ScriptTime.midnight)
        #expect(scenario.effects.payloads.map(\.generation.rawValue) == [2])
        try scenario.step([], at: ScriptTime.midnight)
        #expect(scenario.effects.payloads.map(\.generation.rawValue) == [3])
        try scenario.step([], at: ScriptTime.midnight)
        #expect(scenario.effects.payloads.map(\.generation.rawValue) == [4])
    }

    @Test("a command that must wait makes all after it wait: two for one name keep their order")
    func order() throws {
        var scenario = try Scenario()
        let inputs = [
            try scenario.create("shop/a", in: "1s", payload: 5 << 20),
            try scenario.create("shop/b", in: "1s", payload: 5 << 20),
            .command(.delete(try Script.job("shop/b"), Script.caller), token: scenario.nextToken()),
        ]
        try scenario.step(inputs, at: ScriptTime.midnight)
        #expect(scenario.effects.replies.count == 1 && scenario.pending.count == 2)
        try scenario.step([], at: ScriptTime.midnight)
        #expect(scenario.machine.projection.rows.count == 1)
    }

    @Test("a close finds room in the fullest turn") func closing() throws {
        // With 999 events before it `closed` was one too many for a log.
        for count in [998, 999, 1_000, 1_001, 1_002] {
            var scenario = try scenario(jobs: count)
            try scenario.given("00:00:01 receiver w1 app=shop window=5000", "00:00:01 tick")
            try scenario.given("00:00:01 close & lost w1")
            #expect(scenario.effects.events.last?.event == .closed)
            #expect(scenario.effects.events.count <= 1_000)
        }
    }
}

import EventLog
import JobState
import Jobs
import SchedulerCore
import TestSupport

/// Random inputs for a machine, from a seed: commands for a few names, receivers that come and go, right and wrong
/// answers, a clock that mostly advances, a disk that fills, zone rules that change at a restart.
struct RandomWorld {
    private(set) var now = ScriptTime.midnight
    private(set) var present: [Presence] = []
    /// Triggers of this process, newest last.
    private(set) var limits: [(id: LimitID, limit: ConcurrencyLimit)] = []
    private var limitCount: UInt64 = 0
    private var generator: SeededGenerator
    private var receivers: UInt32 = 0
    private var tokens: UInt64 = 0
    private var sent: [TriggerID] = []
    /// Few, which have jobs most of the time, or many, which come and go.
    private let apps: [String]

    private static let zone = "Random/City"
    /// The world's zones, whose offsets differ by seconds because a run lasts minutes.
    private static let rules = ["AAA0", "AAA-0:00:03", "AAA0BBB-0:00:20,J1/0:00:30,J300/0:01"].map {
        ZoneRules(RandomWorld.zone, footer: $0)
    }
    private var rules = RandomWorld.rules[0]

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        apps = generator.chance(oneIn: 2) ? ["shop", "bank", "post"] : (1...12).map { "app-\($0)" }
    }

    mutating func chance(oneIn bound: Int) -> Bool { generator.chance(oneIn: bound) }

    /// Starts a new process without receivers, whose numbers start from 1 again. Returns the rules that differ
    /// from `known`.
    mutating func reopen(knowing known: ZoneTables) throws -> [ZoneRules] {
        present = []
        limits = []
        receivers = 0
        rules = generator.element(of: RandomWorld.rules)
        guard let table = known[RandomWorld.zone], try rules.table() != table else { return [] }
        return [rules]
    }

    private let releases = ClockRelease.allCases
    private var isClockHeld = false

    mutating func remember(_ effects: Effects) { sent += effects.deliveries.map(\.trigger) }

    /// The next inputs, some time after the last ones.
    mutating func inputs() throws -> [Input] {
        let pauses: [Int64] = [0, 1, 300_000_000, 1_000_000_000, 2_500_000_000, 11_000_000_000]
        let from = now
        now = now.clampedAdding(nanoseconds: generator.element(of: pauses))
        var inputs: [Input] = []
        if generator.chance(oneIn: 60) {
            now = now.clampedAdding(
                nanoseconds: Int64(generator.index(below: 90) - 30) * 1_000_000_000)
            inputs.append(.clock(.moved(from: from, to: now)))
        }
        if generator.chance(oneIn: isClockHeld ? 10 : 100) {
            isClockHeld.toggle()
            inputs.append(
                .clock(isClockHeld ? .held(wall: from) : .released(generator.element(of: releases)))
            )
        }
        for _ in 0..<generator.index(below: 7) { inputs.append(try input()) }
        return inputs
    }

    private mutating func input() throws -> Input {
        switch generator.index(below: 100) {
        case 0..<30: try command()
        case 30..<42: arrival() ?? departure()
        case 42..<47: departure()
        case 47..<50: limit()
        case 50..<53:
            .space(generator.element(of: [.ample, .ample, .ample, .low, .critical]))
        default: answer()
        }
    }

    private mutating func command() throws -> Input {
        tokens += 1
        let target: Target =
            generator.chance(oneIn: 3)
            ? .actor(type: "cat", id: "tom") : .app(generator.element(of: apps))
        let id = try JobID(
            namespace: "default", target: target,
            name: generator.element(of: ["a", "aa", "b", "c"]))
        let command: Command
        switch generator.index(below: 10) {
        case 0: command = .get(id)
        case 1: command = .delete(id, Script.caller)
        case 2: command = try ofMany(id)
        default: command = .schedule(try plan(id))
        }
        return .command(command, token: ReplyToken(tokens))
    }

    /// A list, or now and then a delete, of an app's jobs.
    private mutating func ofMany(_ id: JobID) throws -> Command {
        let prefix = try JobPrefix(
            namespace: id.namespace, target: id.target,
            prefix: generator.element(of: ["", "a", "aa"]))
        if generator.chance(oneIn: 3) { return .deleteByPrefix(prefix, Script.caller) }
        if generator.chance(oneIn: 20) {
            return .deleteNamespace(try JobNamespace(id.namespace), Script.caller)
        }
        return .list(
            prefix, after: generator.chance(oneIn: 2) ? id : nil,
            limit: 1 + generator.index(below: 3))
    }

    private mutating func plan(_ id: JobID) throws -> JobPlan {
        let zoned = "TZ=\(RandomWorld.zone) */7 * * * * *"
        let schedules: [String?] = ["@every 2s", "@every 700ms", "*/5 * * * * *", zoned, nil, nil]
        let schedule = generator.element(of: schedules)
        let dues: [String?] = ["0s", "1s", "-3s", nil, nil]
        let due = generator.element(of: dues) ?? (schedule == nil ? "3s" : nil)
        let policies: [FailurePolicy?] = [
            nil, .drop, .constant(interval: nil, retriesMax: 2),
            .constant(interval: 1_500_000_000, retriesMax: nil),
        ]
        return try JobPlan(
            JobRequest(
                id: id, concurrencyKey: generator.element(of: [nil, "", "k", "l"]),
                schedule: schedule, dueTime: due,
                ttl: schedule == nil || generator.chance(oneIn: 2) ? nil : "7s",
                repeats: schedule == nil || generator.chance(oneIn: 2) ? nil : 3,
                failurePolicy: generator.element(of: policies),
                payload: generator.chance(oneIn: 3) ? Payload(typeURL: "t", value: [1]) : nil,
                overwrite: generator.element(of: [.refuse, .replace, .replaceUnlessIdentical]),
                caller: Script.caller),
            zones: FixedZones([rules]))
    }

    private mutating func arrival() -> Input? {
        guard present.count < 5,
            let route = try? generator.chance(oneIn: 3)
                ? RouteKey(namespace: "default", actorType: "cat")
                : RouteKey(namespace: "default", appID: generator.element(of: apps))
        else { return nil }
        receivers += 1
        let presence = Presence(
            route: route, receiver: ReceiverID(receivers), address: "w",
            window: UInt32(1 + generator.index(below: 3)))
        present.append(presence)
        return .receiverPresent(presence)
    }

    private mutating func limit() -> Input {
        if limits.count > 2 || limits.count > 0 && generator.chance(oneIn: 2) {
            return .limitAbsent(limits.remove(at: generator.index(below: limits.count)).id)
        }
        limitCount += 1
        // Safe because the type is made of letters.
        let limit = ConcurrencyLimit(
            route: try! RouteKey(namespace: "default", actorType: "cat"),
            concurrencyKey: generator.element(of: [nil, "k", "l", "m"]),
            inFlightMax: UInt32(1 + generator.index(below: 2)))
        limits.append((LimitID(limitCount), limit))
        return .limitPresent(LimitID(limitCount), limit)
    }

    /// The limit in force for triggers of `route` that pass the gate of `key`.
    func inFlightMax(_ route: RouteKey, _ key: String?) -> Int {
        let limit = limits.last { $0.limit.route == route && $0.limit.concurrencyKey == key }
        return limit.flatMap(\.limit.inFlightMax).map(Int.init) ?? .max
    }

    private mutating func departure() -> Input {
        if present.isEmpty { return answer() }
        let gone = present.remove(at: generator.index(below: present.count))
        return .receiverAbsent(gone.receiver, generator.chance(oneIn: 2) ? .awaited : .lost)
    }

    /// The id of a recent trigger, or any id.
    private mutating func answer() -> Input {
        let outcomes: [Answer.Outcome] = [
            .succeeded, .succeeded, .succeeded, .failed, .failed, .dropped, .timedOut,
            .undeliverable, .broken, .broken, .broken, .drained,
        ]
        let trigger =
            sent.isEmpty || generator.chance(oneIn: 20)
            ? TriggerID(SequenceNumber(UInt64(generator.index(below: 200))))
            : sent[max(0, sent.count - 1 - generator.index(below: 8))]
        return .answer(Answer(trigger: trigger, outcome: generator.element(of: outcomes)))
    }
}

import Audit
import EventLog
import Jobs
import Testing

@Suite("Auditing limits of concurrency")
struct GateTests {
    private static func history() throws -> History {
        var history = History()
        history.opened(isAfterCleanClose: true)
        try history.presentForActors()
        return history
    }

    @Test("a tick is late with a reason when its type's gate was shut until now")
    func typeGate() throws {
        var history = try Self.history()
        try history.limited(to: 1)
        let first = try history.reminder("first", firstDue: 50)
        let second = try history.reminder("second")
        let trigger = history.triggered(first, due: 50, at: 50)
        history.seal(through: 100)
        history.acknowledged(trigger, .succeeded, at: 101)
        history.deleted(first, .completed)
        history.triggered(second, at: 101)
        history.seal(through: 101)
        #expect(history.verdicts == [])
    }

    @Test("a tick is late without a reason when only another key's gate was shut")
    func otherKey() throws {
        var history = try Self.history()
        try history.limited(key: "k", to: 1)
        let first = try history.reminder("first", key: "k", firstDue: 50)
        let second = try history.reminder("second", key: "l")
        history.triggered(first, due: 50, at: 50)
        history.seal(through: 100)
        history.triggered(second, at: 101)
        #expect(history.verdicts.count == 1)
        #expect(history.verdicts.first?.contains("late with no recorded reason") == true)
    }

    @Test("a tick is late with a reason when its own key's gate was shut")
    func ownKey() throws {
        var history = try Self.history()
        try history.limited(key: "k", to: 1)
        let first = try history.reminder("first", key: "k", firstDue: 50)
        let second = try history.reminder("second", key: "k")
        let trigger = history.triggered(first, due: 50, at: 50)
        history.seal(through: 100)
        history.acknowledged(trigger, .succeeded, at: 101)
        history.deleted(first, .completed)
        history.triggered(second, at: 101)
        history.seal(through: 101)
        #expect(history.verdicts == [])
    }

    @Test("a trigger beyond a limit is unexplained", arguments: [nil, "k"])
    func beyond(key: String?) throws {
        var history = try Self.history()
        try history.limited(key: key, to: 1)
        let first = try history.reminder("first", key: "k")
        let second = try history.reminder("second", key: "k")
        history.triggered(first, at: 60)
        history.triggered(second, at: 60)
        #expect(
            history.verdicts == [
                "unexplained #7: Tick 1 was triggered beyond its limit of concurrency."
            ])
    }

    @Test(
        "a limit that was lifted, or whose process died, holds no more", arguments: [true, false])
    func lifted(isByDeath: Bool) throws {
        var history = try Self.history()
        try history.limited(to: 1)
        let first = try history.reminder("first")
        let second = try history.reminder("second")
        let trigger = history.triggered(first, at: 60)
        history.seal(through: 60)
        if isByDeath {
            history.opened(isAfterCleanClose: false, at: 61)
            try history.presentForActors()
            history.acknowledged(trigger, .abandoned, next: (1, 60), at: 61)
            history.triggered(first, at: 61, cause: .redelivery)
        } else {
            try history.limited(to: nil, at: 61)
        }
        history.triggered(second, at: 61)
        history.seal(through: 61)
        #expect(history.verdicts == [])
    }

    @Test("what waits before a shut gate at the end is pending because of it")
    func pending() throws {
        var history = try Self.history()
        try history.limited(key: "k", to: 1)
        let first = try history.reminder("first", key: "k")
        try history.reminder("second", key: "k")
        history.triggered(first, at: 60)
        history.seal(through: 61)
        let report = history.audit.report()
        #expect(report.isClean)
        #expect(report.pendingCounts[.gate] == 1 && report.pendingCounts[.inFlight] == 1)
    }
}

extension History {
    private static func route() throws -> RouteKey {
        try RouteKey(namespace: "default", actorType: "cat")
    }

    fileprivate mutating func presentForActors() throws {
        add(
            .receiverPresent(
                Presence(
                    route: try Self.route(), receiver: ReceiverID(1), address: "127.0.0.1:80",
                    window: 10)))
    }

    fileprivate mutating func limited(
        key: String? = nil, to inFlightMax: UInt32?, at time: Int64? = nil
    ) throws {
        let limit = ConcurrencyLimit(
            route: try Self.route(), concurrencyKey: key, inFlightMax: inFlightMax)
        add(.concurrencyLimited(limit), at: time)
    }

    @discardableResult
    fileprivate mutating func reminder(
        _ name: String, key: String? = nil, firstDue: Int64 = 60
    ) throws -> SequenceNumber {
        var definition = try Self.definition(name, firstDue: firstDue)
        definition.id = try JobID(
            namespace: "default", target: .actor(type: "cat", id: "tom"), name: name)
        definition.concurrencyKey = key
        return remember(add(.created(definition)))
    }
}

import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

/// Given a history, when something arrives, then exactly these events and effects. Lines are those of `Script`,
/// reactions those of `ReactionText`. Every step is also checked by `checkStep`.
struct Scenario {
    private var cycle = TurnCycle(continuing: JobProjection())
    var machine: SchedulerStateMachine { cycle.machine }
    var pending: PendingInputs { cycle.pending }
    /// The log: what was made durable.
    private(set) var log = RecordBatch(first: SequenceNumber(1))
    /// A fold of the log, separate from the machine's own.
    private var rebuilt = JobProjection()
    /// The effects of the last step.
    private(set) var effects = Effects()

    private var script = Script()
    private var text = ReactionText()

    /// A process that opened an empty log at midnight and has taken `lines` since.
    init(_ lines: String..., at location: SourceLocation = #_sourceLocation) throws {
        _ = try run("00:00:00 open", location)
        for line in lines { _ = try run(line, location) }
    }

    /// A log before anything has happened, even `open`.
    static func blank() throws -> Scenario { try Scenario(isBlank: ()) }
    private init(isBlank: Void) throws {}

    mutating func given(_ lines: String..., at location: SourceLocation = #_sourceLocation) throws {
        for line in lines { _ = try run(line, location) }
    }

    /// Expects exactly `reaction` to `line`.
    mutating func when(
        _ line: String, then reaction: String..., at location: SourceLocation = #_sourceLocation
    ) throws {
        let lines = try run(line, location)
        #expect(lines == reaction, sourceLocation: location)
    }

    /// The reaction to one line.
    mutating func run(_ line: String, _ location: SourceLocation = #_sourceLocation) throws
        -> [String]
    {
        let (time, act) = try script.read(line)
        switch act {
        case .open(let boot): return try open(boot, at: time, location)
        case .rules: return []
        case .turn(let inputs, let isStored):
            return try step(inputs, at: time, isStored: isStored, location)
        }
    }

    mutating func nextToken() -> ReplyToken { script.nextToken() }

    /// Starts a new process, which knows the log and nothing else.
    private mutating func open(
        _ boot: BootID, at now: Timestamp, _ location: SourceLocation
    ) throws -> [String] {
        var projection = JobProjection()
        for record in try records() { try projection.apply(record) }
        cycle = TurnCycle(continuing: projection)
        let turn = cycle.open(
            bootID: boot, softwareVersion: "test", changedRules: try changedRules(), now: now)
        effects = turn.effects
        try store(turn, location)
        #expect(cycle.stored(turn).isEmpty, sourceLocation: location)
        return text.lines(of: effects, dropped: [], now: now)
    }

    /// The changed rules, as the shell finds them at boot.
    private func changedRules() throws -> [ZoneRules] {
        try script.zones.values.sorted { $0.zone < $1.zone }.filter { rules in
            guard let known = cycle.machine.projection.zones[rules.zone] else { return false }
            return try rules.table() != known
        }
    }

    /// One turn, which the log takes or refuses.
    @discardableResult
    mutating func step(
        _ arrived: [Input], at now: Timestamp, isStored: Bool = true,
        _ location: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        let before = machine
        let turn = cycle.begin(arrived, now: now)
        let inputs = turn.inputs
        effects = turn.effects
        let dropped = droppedAnswers(inputs, before: before)
        #expect(
            machine.unexpectedAnswers - before.unexpectedAnswers == dropped.count,
            sourceLocation: location)
        checkStep(effects, of: inputs, before: before, now: now, location)
        if isStored {
            try store(turn, location)
            checkReleases(cycle.stored(turn), location)
            return text.lines(of: effects, dropped: dropped, now: now)
        }
        let tokens = cycle.refused(turn, now: now)
        #expect(tokens == effects.replies.map(\.token), sourceLocation: location)
        #expect(
            machine.projection.isSameState(as: before.projection), "an undone step left a trace",
            sourceLocation: location)
        #expect(machine.unexpectedAnswers == before.unexpectedAnswers, sourceLocation: location)
        return ["(not stored; taken back)"]
    }

    /// The state that a process reads from the log when it opens it.
    func records() throws -> [Record] {
        try (0..<log.count).map { index in
            try EventCodec.decode(log.bytes, in: log.range(at: index), at: log.sequence(at: index))
        }
    }

    /// Expects that what leaves is what was decided, triggers first.
    private func checkReleases(_ releases: [Release], _ location: SourceLocation) {
        var deliveries: [Delivery] = []
        var tokens: [ReplyToken] = []
        for release in releases {
            switch release {
            case .deliveries(let some):
                #expect(tokens.isEmpty, sourceLocation: location)
                deliveries += some
            case .replies(let some): tokens += some.map(\.token)
            }
        }
        #expect(deliveries == effects.deliveries, sourceLocation: location)
        #expect(tokens == effects.replies.map(\.token), sourceLocation: location)
    }

    /// Appends, reads back what was stored, and expects the rebuilt state to be the live one.
    private mutating func store(
        _ decided: borrowing DecidedTurn, _ location: SourceLocation
    ) throws {
        let turn = decided.turn
        let count = turn?.records.count ?? 0
        #expect(count == decided.effects.events.count, sourceLocation: location)
        for (index, record) in decided.effects.events.enumerated() {
            guard let batch = turn?.records else { break }
            #expect(record.sequence == log.last.next, sourceLocation: location)
            log.append { $0 += batch.bytes[batch.range(at: index)] }
            let stored = try EventCodec.decode(
                log.bytes, in: log.range(at: log.count - 1), at: record.sequence)
            #expect(stored == record, sourceLocation: location)
            try rebuilt.apply(stored)
        }
        #expect(
            rebuilt.isSameState(as: machine.projection), "a rebuild from the log is another state",
            sourceLocation: location)
    }

    /// Answers to triggers that were not in flight when the turn began, or that were answered earlier in it.
    private func droppedAnswers(_ inputs: [Input], before: SchedulerStateMachine) -> [Answer] {
        let opened = before.projection.boots.last?.opened ?? .zero
        var awaited = Set(
            before.projection.inFlightTriggers { _ in true }.filter { $0.sequence > opened })
        let putOff = effects.deferred.filter { if case .answer = $0 { true } else { false } }.count
        let answers = inputs.compactMap { if case .answer(let answer) = $0 { answer } else { nil } }
        return answers.dropLast(putOff).filter { awaited.remove($0.trigger) == nil }
    }
}

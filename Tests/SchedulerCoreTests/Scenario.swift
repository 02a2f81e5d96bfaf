import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

/// Given a history, when something arrives, then exactly these events and effects. Lines are those of `Script`,
/// reactions those of `ReactionText`. Beside what a test asks for, every step is checked by `checkStep`.
struct Scenario {
    private(set) var machine = SchedulerStateMachine(continuing: JobProjection())
    /// The log: what was made durable, as stored.
    private(set) var log = RecordBatch(first: SequenceNumber(1))
    /// A fold over the log, beside the machine's own.
    private var rebuilt = JobProjection()
    /// Of the last step.
    private(set) var effects = Effects()
    private(set) var pending: [Input] = []

    private var script = Script()
    private var text = ReactionText()

    /// A process that opened an empty log at midnight, and the lines it went through since.
    init(_ lines: String..., at location: SourceLocation = #_sourceLocation) throws {
        _ = try run("00:00:00 open", location)
        for line in lines { _ = try run(line, location) }
    }

    /// Nothing has happened yet, not even `open`.
    static func blank() throws -> Scenario { try Scenario(isBlank: ()) }
    private init(isBlank: Void) throws {}

    mutating func given(_ lines: String..., at location: SourceLocation = #_sourceLocation) throws {
        for line in lines { _ = try run(line, location) }
    }

    /// Exactly `reaction` follows `line`.
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

    /// A new process: it knows the log and nothing else.
    private mutating func open(
        _ boot: BootID, at now: Timestamp, _ location: SourceLocation
    ) throws -> [String] {
        var projection = JobProjection()
        for record in try records() { try projection.apply(record) }
        machine = SchedulerStateMachine(continuing: projection)
        pending = []
        effects = machine.open(
            bootID: boot, softwareVersion: "test", changedRules: try changedRules(), now: now)
        try store(effects.events, location)
        return text.lines(of: effects, dropped: [], now: now)
    }

    /// As the shell finds them at boot.
    private func changedRules() throws -> [ZoneRules] {
        try script.zones.values.sorted { $0.zone < $1.zone }.filter { rules in
            guard let known = machine.projection.zones[rules.zone] else { return false }
            return try rules.table() != known
        }
    }

    /// One turn. What there was no room for before comes first, as in the shell.
    @discardableResult
    mutating func step(
        _ arrived: [Input], at now: Timestamp, isStored: Bool = true,
        _ location: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        let inputs = pending + arrived
        let before = machine
        effects = machine.step(inputs, now: now)
        let dropped = droppedAnswers(inputs, before: before)
        #expect(
            machine.unexpectedAnswers - before.unexpectedAnswers == dropped.count,
            sourceLocation: location)
        checkStep(effects, of: inputs, before: before, now: now, location)
        if isStored {
            pending = effects.deferred
            try store(effects.events, location)
            return text.lines(of: effects, dropped: dropped, now: now)
        }
        if let undo = effects.undo { machine.undo(undo) }
        #expect(
            machine.projection.isSameState(as: before.projection), "an undone step left a trace",
            sourceLocation: location)
        #expect(machine.unexpectedAnswers == before.unexpectedAnswers, sourceLocation: location)
        let refused = Set(effects.replies.map(\.token))
        pending = inputs.filter { input in
            guard case .command(_, let token) = input else { return true }
            return !refused.contains(token)
        }
        return ["(not stored; taken back)"]
    }

    /// The log as a process that opens it reads it.
    func records() throws -> [Record] {
        try (0..<log.count).map { index in
            try EventCodec.decode(log.bytes, in: log.range(at: index), at: log.sequence(at: index))
        }
    }

    /// Appends, reads back what was stored, and expects the rebuilt state to be the live one.
    private mutating func store(_ records: [Record], _ location: SourceLocation) throws {
        for record in records {
            #expect(record.sequence == log.last.next, sourceLocation: location)
            log.append { EventCodec.encode(record, into: &$0) }
            let stored = try EventCodec.decode(
                log.bytes, in: log.range(at: log.count - 1), at: record.sequence)
            #expect(stored == record, sourceLocation: location)
            try rebuilt.apply(stored)
        }
        #expect(
            rebuilt.isSameState(as: machine.projection), "a rebuild from the log is another state",
            sourceLocation: location)
    }

    /// The answers to nothing: not in flight when the turn began, or answered before within it.
    private func droppedAnswers(_ inputs: [Input], before: SchedulerStateMachine) -> [Answer] {
        let opened = before.projection.boots.last?.opened ?? .zero
        var awaited = Set(
            before.projection.inFlightTriggers { _ in true }.filter { $0.sequence > opened })
        let putOff = effects.deferred.filter { if case .answer = $0 { true } else { false } }.count
        let answers = inputs.compactMap { if case .answer(let answer) = $0 { answer } else { nil } }
        return answers.dropLast(putOff).filter { awaited.remove($0.trigger) == nil }
    }
}

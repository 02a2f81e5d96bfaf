// One scheduler process on a log that outlives it: the real decider, fold, codec and checkpoints, driven
// by the same `TurnCycle` as the server's writer. It can die between any two emissions.

import EventLog
import JobState
import Jobs
import SchedulerCore

struct SimulatedProcess: ~Copyable {
    private var log: MemoryLog
    private(set) var cycle: TurnCycle
    private var seal: Seal
    private var space = Space.ample
    /// The time it records.
    private(set) var clock: LogClock
    /// How often its clock has moved otherwise than time passes, or was held or believed again.
    private(set) var clockChanges = 0
    var inbox: [Input] = []
    /// The triggers whose answers came since a turn last left nothing pending.
    private var answered: [TriggerID] = []
    /// Those that are in flight although their answers have been taken.
    private(set) var forgotten: [TriggerID] = []
    /// How it started from the checkpoint it was given.
    let start: Start

    enum Start: Sendable {
        case fold
        case checkpoint
        /// The checkpoint's state differs from the log's.
        case wrongCheckpoint
    }

    /// One reply or delivery that leaves the process.
    enum Emission: Sendable {
        case reply(ReplyToken, Reply)
        case delivery(Delivery)
    }

    /// What an append reports.
    enum Outcome: Sendable {
        case asReported
        /// The append fails without saying whether the turn is stored.
        case unknown(isStored: Bool)
    }

    /// How a turn ended.
    enum TurnEnd: Sendable {
        case stored([Emission])
        /// Refused by the log and undone by the decider. Commands of the turn are refused.
        case refused([ReplyToken])
        /// The turn may be stored or not; only another process can find out.
        case unknown(isStored: Bool)
        /// Another process is the writer.
        case superseded
    }

    /// Becomes the writer: continues the checkpoint if it can be read, and folds the rest of the log. If
    /// `isCompared`, the result is compared with a fold of the whole log.
    init(
        on storage: MemoryStorage, checkpoint: [UInt8]?, isCompared: Bool,
        at reading: LogClock.Reading, jumpMax: Int64
    ) {
        log = MemoryLog(acquiring: storage)
        let saved = checkpoint.flatMap { SimulatedProcess.read($0, of: storage.identity) }
        let projection = SimulatedProcess.fold(log, from: saved ?? JobProjection())
        var start = saved == nil ? Start.fold : .checkpoint
        if saved != nil, isCompared {
            let whole = SimulatedProcess.fold(log)
            if !projection.isSameState(as: whole) { start = .wrongCheckpoint }
        }
        self.start = start
        cycle = TurnCycle(continuing: projection)
        seal = log.head()
        clock = LogClock(
            at: reading, after: seal.last == .zero ? nil : seal.time, jumpMax: jumpMax)
        inbox = clock.start(at: reading).map { .clock($0) }
    }

    /// Records `opened`, and the rules of `zones` that differ from the log's.
    mutating func open(zones: [ZoneRules], bootID: BootID) throws(LogError) {
        let known = cycle.machine.projection.zones
        let changed = zones.filter { rules in
            known[rules.zone].map { table in (try? rules.table()) != table } ?? false
        }
        let turn = cycle.open(
            bootID: bootID, softwareVersion: "simulated", changedRules: changed,
            now: clock.now)
        try store(turn, .asReported)
        _ = cycle.stored(turn)
    }

    /// The last event in the log, whoever wrote it.
    var logHead: SequenceNumber { log.head().last }

    /// Folds the rest of `log` into `projection`.
    static func fold(
        _ log: borrowing MemoryLog, from projection: JobProjection = JobProjection()
    ) -> JobProjection {
        var projection = projection
        while true {
            let page = log.read(after: projection.head, limit: 1_000)
            if page.records.isEmpty { return projection }
            for index in 0..<page.records.count {
                do {
                    try projection.apply(
                        EventCodec.decode(
                            page.records.bytes, in: page.records.range(at: index),
                            at: page.records.sequence(at: index)))
                } catch {
                    preconditionFailure("record \(page.records.sequence(at: index)): \(error)")
                }
            }
        }
    }

    private static func read(_ checkpoint: [UInt8], of log: LogID) -> JobProjection? {
        var reader = CheckpointReader(of: log)
        do throws(CheckpointError) {
            try reader.read(checkpoint)
            return try reader.finish().projection
        } catch {
            return nil
        }
    }

    /// The content of a checkpoint file of this moment; `nil` while disk space is low.
    func checkpoint() -> [UInt8]? {
        guard space == .ample else { return nil }
        var writer = CheckpointWriter(cycle.machine.projection, seal: seal, log: log.identity)
        var bytes: [UInt8] = []
        while let block = writer.next() { bytes += block }
        return bytes
    }

    /// Takes a turn with the inputs in the inbox and makes it durable.
    mutating func turn(at reading: LogClock.Reading, _ outcome: Outcome) -> TurnEnd {
        measureSpace()
        note(clock.read(reading))
        for case .answer(let answer) in inbox { answered.append(answer.trigger) }
        let turn = cycle.begin(inbox, now: clock.now)
        inbox = []
        do throws(LogError) {
            try store(turn, outcome)
        } catch .notStored {
            return .refused(cycle.refused(turn, now: clock.now))
        } catch .superseded {
            return .superseded
        } catch {
            if case .unknown(let isStored) = outcome { return .unknown(isStored: isStored) }
            preconditionFailure("an append failed as none is made to: \(error)")
        }
        let releases = cycle.stored(turn)
        if cycle.pending.isEmpty {
            forgotten = answered.filter { cycle.machine.projection.inFlightTrigger($0) != nil }
            answered = []
        }
        for case .replies(let replies) in releases {
            for case (_, .clockAccepted) in replies {
                note(clock.accept(reading))
            }
        }
        return .stored(
            releases.flatMap { release -> [Emission] in
                switch release {
                case .deliveries(let deliveries): deliveries.map { .delivery($0) }
                case .replies(let replies): replies.map { .reply($0.token, $0.reply) }
                }
            })
    }

    private mutating func note(_ changes: [LogClock.Change]) {
        clockChanges += changes.count
        inbox += changes.map { .clock($0) }
    }

    private mutating func measureSpace() {
        let measured = log.space()
        guard measured != space else { return }
        space = measured
        inbox.append(.space(measured))
    }

    private mutating func store(
        _ decided: borrowing DecidedTurn, _ outcome: Outcome
    ) throws(LogError) {
        guard let turn = decided.turn else { return }
        if case .unknown(isStored: false) = outcome { throw .broken("simulated") }
        seal = try log.append(turn, after: seal.last)
        if case .unknown(isStored: true) = outcome { throw .broken("simulated") }
    }
}

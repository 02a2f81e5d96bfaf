// One life of the scheduler process, on a log that outlives it: the real decider, fold and codec
// behind the same order of effects as the server's writer, with a place to die between any two of
// them.

import EventLog
import JobState
import Jobs
import SchedulerCore

struct SimulatedProcess: ~Copyable {
    private var log: MemoryLog
    private(set) var machine: SchedulerStateMachine
    private var head: SequenceNumber
    var inbox: [Input] = []
    var wakeAt = Timestamp.earliest

    /// What leaves the process, one at a time.
    enum Emission: Sendable {
        case reply(ReplyToken, Reply)
        case delivery(Delivery)
    }

    /// How a turn ended.
    enum TurnEnd: Sendable {
        case stored([Emission])
        /// Refused by the log; the decider took it back. Commands of the turn are refused.
        case refused([ReplyToken])
    }

    /// Boots: folds the log and records `opened`.
    init(
        on storage: MemoryStorage, zones: [ZoneRules], bootID: BootID, now: Timestamp
    ) throws(LogError) {
        log = MemoryLog(acquiring: storage)
        machine = SchedulerStateMachine(continuing: SimulatedProcess.fold(log))
        head = machine.projection.head
        let known = machine.projection.zones
        let changed = zones.filter { rules in
            known[rules.zone].map { table in (try? rules.table()) != table } ?? false
        }
        let effects = machine.open(
            bootID: bootID, softwareVersion: "simulated", changedRules: changed, now: now)
        _ = try store(effects)
        wakeAt = effects.wakeAt
    }

    /// The state a boot from `log` would have.
    static func fold(_ log: borrowing MemoryLog) -> JobProjection {
        var projection = JobProjection()
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

    /// Takes a turn over what is in the inbox and makes it durable.
    mutating func turn(now: Timestamp) -> TurnEnd {
        let inputs = inbox
        inbox = []
        let effects = machine.step(inputs, now: now)
        if !effects.events.isEmpty {
            do {
                try store(effects)
            } catch {
                if let undo = effects.undo { machine.undo(undo) }
                let refused = Set(effects.replies.map(\.token))
                inbox = inputs.filter { input in
                    guard case .command(_, let token) = input else { return true }
                    return !refused.contains(token)
                }
                wakeAt = now.clampedAdding(nanoseconds: 100_000_000)
                return .refused(effects.replies.map(\.token))
            }
        }
        inbox = effects.deferred
        wakeAt = effects.wakeAt
        return .stored(
            effects.replies.map { .reply($0.token, $0.reply) }
                + effects.deliveries.map { .delivery($0) })
    }

    private mutating func store(_ effects: Effects) throws(LogError) {
        var records = RecordBatch(first: head.next)
        for event in effects.events { records.append { EventCodec.encode(event, into: &$0) } }
        let turn = Turn(
            records: records, payloads: effects.payloads, time: effects.events[0].time,
            decidedThrough: effects.decidedThrough)
        head = try log.append(turn, after: head).last
    }
}

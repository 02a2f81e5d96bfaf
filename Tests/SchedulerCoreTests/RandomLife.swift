import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

/// A machine in a random world, with its log and the invariants that must hold.
struct RandomLife {
    private(set) var world: RandomWorld
    private(set) var records: [Record] = []
    private(set) var machine = SchedulerStateMachine(continuing: JobProjection())
    private let freedRowsMax: Int
    private var rebuilt = JobProjection()
    private var pending: [Input] = []
    private var boots: UInt64 = 0
    /// Triggers that this process gave each receiver and that are not answered yet.
    private var held: [ReceiverID: Set<TriggerID>] = [:]
    /// Jobs that the clock has moved.
    private var moved: Set<SequenceNumber> = []
    private var ticks: [IdempotencyKey: (id: JobID, due: Timestamp)] = [:]
    private let hint: Comment

    init(
        seed: UInt64, freedRowsMax: Int = TurnLimits.freedRowsMax, hint: Comment
    ) throws {
        self.freedRowsMax = freedRowsMax
        world = RandomWorld(seed: seed)
        self.hint = hint
        try reopen()
    }

    /// One turn, or now and then a new process.
    mutating func turn() throws {
        if world.chance(oneIn: 25) { try reopen() }
        let before = machine
        let inputs = pending + (try world.inputs())
        let effects = machine.step(inputs, now: world.now)
        checkStep(effects, of: inputs, before: before, now: world.now, #_sourceLocation)
        pending = effects.deferred
        try store(effects)
        world.remember(effects)
        try checkDeliveries(effects)
        checkNothingIsLeft(effects)
    }

    private mutating func reopen() throws {
        if world.chance(oneIn: 2), boots > 0 {
            try store(machine.step([.stop, .close], now: world.now))
        }
        let changed = try world.reopen(knowing: rebuilt.zones)
        pending = []
        held = [:]
        boots += 1
        machine = SchedulerStateMachine(continuing: rebuilt, freedRowsMax: freedRowsMax)
        try store(
            machine.open(
                bootID: BootID(high: 0, low: boots), softwareVersion: "test", changedRules: changed,
                now: world.now))
    }

    private mutating func store(_ effects: Effects) throws {
        for record in effects.events {
            var bytes: [UInt8] = []
            EventCodec.encode(record, into: &bytes)
            let stored = try EventCodec.decode(bytes, in: 0..<bytes.count, at: record.sequence)
            try rebuilt.apply(stored)
            records.append(stored)
            if case .acknowledged(let event) = record.event {
                for receiver in held.keys { held[receiver]?.remove(event.trigger) }
            }
            if case .triggered(let event) = record.event {
                held[event.receiver, default: []].insert(TriggerID(record.sequence))
                checkWindow(event.receiver)
                checkGates(event.generation)
            }
        }
        #expect(rebuilt.isSameState(as: machine.projection), hint)
    }

    private func checkWindow(_ receiver: ReceiverID) {
        let presence = world.present.first { $0.receiver == receiver }
        #expect(presence != nil, "sent to nobody")
        #expect((held[receiver]?.count ?? 0) <= Int(presence?.window ?? 0), hint)
    }

    /// The limits at the end of the turn. They were set before any trigger of it.
    private func checkGates(_ generation: SequenceNumber) {
        guard let row = rebuilt.rows[generation] else { return }
        let gates = gates(of: row, in: rebuilt)
        #expect(gates.allSatisfy { $0.inFlight <= $0.inFlightMax }, hint)
    }

    private func gates(
        of row: JobRow, in projection: JobProjection
    ) -> [(inFlight: Int, inFlightMax: Int)] {
        let lane = projection.lanes[Int(row.lane.rawValue)]
        let route = projection.routes[Int(lane.key.route.rawValue)]
        let ofRoute = (route.inFlightCount, world.inFlightMax(route.key, nil))
        guard let gate = lane.key.gate else { return [ofRoute] }
        return [ofRoute, (lane.inFlightCount, world.inFlightMax(route.key, gate))]
    }

    /// A key belongs to one tick of one job, and a job has one tick in flight at a time.
    private mutating func checkDeliveries(_ effects: Effects) throws {
        for case .rescheduled(let change) in effects.events.map(\.event)
        where change.reason == .clock {
            moved.insert(change.generation)
        }
        for delivery in effects.deliveries {
            let known = ticks.updateValue((delivery.id, delivery.due), forKey: delivery.key)
            if let known {
                let isDue = known.due == delivery.due || moved.contains(delivery.generation)
                #expect(known.id == delivery.id && isDue, hint)
            }
        }
        var live: Set<SequenceNumber> = []
        machine.projection.inFlight.forEach { _, entry in
            if entry.endedBy == nil {
                #expect(live.insert(entry.generation).inserted, hint)
            }
            return true
        }
    }

    /// Whether its only trigger must be sent alone; unknown for a job that has ended.
    private func mayBeReserved(_ receiver: ReceiverID) -> Bool {
        guard let triggers = held[receiver], triggers.count == 1, let trigger = triggers.first,
            let entry = rebuilt.inFlight[trigger]
        else { return false }
        return rebuilt.rows[entry.generation].map { $0.tick.breaks >= 2 } ?? true
    }

    /// Due ticks that could be sent are sent, unless the next step follows at once or nothing may be triggered.
    private func checkNothingIsLeft(_ effects: Effects) {
        guard effects.wakeAt > world.now, effects.decidedThrough == world.now else { return }
        let free = world.present.filter {
            (held[$0.receiver]?.count ?? 0) < Int($0.window) && !mayBeReserved($0.receiver)
        }
        let routes = Set(free.map(\.route))
        machine.projection.rows.forEach { generation, row in
            if machine.projection.isLive(generation, row), case .waiting = row.tick.phase,
                row.tick.attemptDue <= world.now
            {
                let isLimited = gates(of: row, in: machine.projection)
                    .contains { $0.inFlight >= $0.inFlightMax }
                #expect(!routes.contains(row.id.route) || isLimited, hint)
            }
            return true
        }
    }
}

// Checks the limits of concurrency again from the events alone: no trigger may pass a gate behind which
// as many are in flight as its limit allows.

import EventLog
import Jobs

struct GateCheck: Sendable {
    private struct Gate: Hashable, Sendable {
        let route: RouteKey
        let key: String?
    }

    private var gates: [SequenceNumber: [Gate]] = [:]
    private var limits: [Gate: UInt32] = [:]
    private var inFlight: [Gate: UInt32] = [:]
    private var flights: [TriggerID: [Gate]] = [:]
    private var faults: [String] = []

    static func faults(in history: [Record]) -> [String] {
        var check = GateCheck()
        for record in history { check.add(record) }
        return check.faults
    }

    private mutating func add(_ record: Record) {
        switch record.event {
        // Limits end with the process; clients set them again.
        case .opened: limits = [:]
        case .concurrencyLimited(let limit):
            limits[Gate(route: limit.route, key: limit.concurrencyKey)] = limit.inFlightMax
        case .created(let definition), .updated(let definition, _):
            let route = definition.id.route
            let keys = [nil] + [definition.gateKey].filter { $0 != nil }
            gates[record.sequence] = keys.map { Gate(route: route, key: $0) }
        case .triggered(let trigger):
            let passed = gates[trigger.generation, default: []]
            for gate in passed {
                let before = inFlight[gate, default: 0]
                if let limit = limits[gate], before >= limit {
                    faults.append("record \(record.sequence) triggers beside \(before) others")
                }
                inFlight[gate] = before + 1
            }
            flights[TriggerID(record.sequence)] = passed
        case .acknowledged(let event):
            for gate in flights.removeValue(forKey: event.trigger) ?? [] {
                inFlight[gate, default: 1] -= 1
            }
        case .closed, .zoneRules, .deleted, .deletedByPrefix, .rescheduled, .receiverPresent,
            .receiverAbsent, .skipped, .frontier, .clockMoved, .clockHeld, .clockReleased,
            .forgotten:
            break
        }
    }
}

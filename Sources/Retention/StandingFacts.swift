// Which records say what still holds besides jobs: who writes, which receivers are present, which limits are
// in force, and the rules of time zones.

import EventLog
import Jobs

struct StandingFacts {
    private enum Fact: Hashable {
        case writer
        case receiver(RouteKey)
        case limit(RouteKey, concurrencyKey: String?)
        case rules(zone: String)

        /// Whether it ends with the process that has recorded it.
        var isOfProcess: Bool {
            switch self {
            case .receiver, .limit: true
            case .writer, .rules: false
            }
        }
    }

    private var records: [Fact: SequenceNumber] = [:]

    /// The records that say it, in no order.
    var sequences: some Collection<SequenceNumber> { records.values }

    mutating func add(_ record: Record) {
        switch record.event {
        case .opened:
            records = records.filter { !$0.key.isOfProcess }
            records[.writer] = record.sequence
        case .receiverPresent(let presence): records[.receiver(presence.route)] = record.sequence
        case .receiverAbsent(let presence): records[.receiver(presence.route)] = nil
        case .concurrencyLimited(let limit):
            let fact = Fact.limit(limit.route, concurrencyKey: limit.concurrencyKey)
            records[fact] = limit.inFlightMax == nil ? nil : record.sequence
        case .zoneRules(let rules): records[.rules(zone: rules.zone)] = record.sequence
        default: break
        }
    }
}

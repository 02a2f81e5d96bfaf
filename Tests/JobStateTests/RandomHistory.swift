import EventLog
import JobState
import Jobs
import TestSupport

/// Legal histories of every kind of event, from a seed.
struct RandomHistory {
    private(set) var history = History()
    private var generator: SeededGenerator
    private let footers = ["AAA0", "AAA-1", "AAA0BBB,M3.5.0,M10.5.0"]
    private let names = ["a", "ab", "abc", "b", "ba", "c"]
    private let apps: [String]

    /// Few apps, which have jobs most of the time, and many, which come and go.
    static let apps = [["shop", "bank", "post"], (1...20).map { "app-\($0)" }]

    init(seed: UInt64, count: Int, apps: [String] = RandomHistory.apps[0]) {
        self.apps = apps
        generator = SeededGenerator(seed: seed)
        while history.records.count < count { grow() }
    }

    private mutating func grow() {
        // The clock may go back; several events may share an instant.
        history.now = history.now.clampedAdding(
            nanoseconds: Int64(generator.index(below: 9) - 1) * 1_000_000_000)
        if history.projection.isClosed {
            history.append(History.opening(isAfterCleanClose: true))
            return
        }
        switch generator.index(below: 100) {
        case 0: history.append(.closed)
        case 1: history.append(History.opening(isAfterCleanClose: false))
        case 2: history.append(.frontier)
        case 3:
            history.append(
                .zoneRules(ZoneRules("Test/City", footer: generator.element(of: footers))))
        case 4: history.append(.clockMoved(from: history.now, to: History.at(1)))
        case 15: history.append(.clockHeld(wall: History.at(9)))
        case 16: history.append(.clockReleased(.returned))
        case 40:
            history.append(
                .forgotten(
                    Forgotten(
                        through: SequenceNumber(1), digest: [UInt8](repeating: 1, count: 32),
                        baseDigest: [UInt8](repeating: 2, count: 32))))
        case 5: limit()
        case 6..<12: comeOrGo()
        case 12..<15: deleteByPrefix()
        case 17..<40: accept()
        case 41..<55: settle()
        default: changeRow()
        }
        deleteFinished()
    }

    private mutating func comeOrGo() {
        let app = generator.element(of: apps)
        let route = history.projection.routeIndex(of: History.job("-", app: app).route)
        let isPresent = route.map { history.projection.routes[Int($0.rawValue)].isPresent }
        history.append(
            isPresent == true ? History.absent(app: app) : History.present(app: app))
    }

    private mutating func deleteByPrefix() {
        let prefix = generator.element(of: ["a", "ab", "b", "x"])
        let key = History.job(prefix).key
        let count = history.projection.count(withKeyPrefix: key)
        history.append(History.deletedByPrefix(prefix, count: UInt64(count)))
    }

    private mutating func limit() {
        history.append(
            History.limited(
                generator.element(of: [nil, "k", "l", "m"]), to: generator.element(of: [nil, 1, 2]))
        )
    }

    private mutating func accept() {
        var definition = History.definition(
            generator.element(of: names), app: generator.element(of: apps),
            // Few distinct instants, so that there are ties.
            due: generator.chance(oneIn: 9) ? nil : Int64(generator.index(below: 6) * 10))
        if generator.chance(oneIn: 3) {
            definition.id = History.actor(generator.element(of: names))
            definition.concurrencyKey = generator.element(of: [nil, "", "k", "l"])
        }
        let projection = history.projection
        if let row = projection.names[definition.id].flatMap({ projection.rows[$0] }) {
            history.append(.updated(definition, previous: row.previous))
        } else {
            history.append(.created(definition))
        }
    }

    /// Answers a trigger whose job has ended, if there is one.
    private mutating func settle() {
        let projection = history.projection
        let triggers = projection.inFlightTriggers { $0.endedBy != nil }
        guard !triggers.isEmpty else { return }
        let trigger = generator.element(of: triggers)
        guard let entry = projection.inFlight[trigger], let end = entry.endedBy else { return }
        history.append(
            History.acknowledged(
                trigger.sequence.rawValue, of: entry.generation.rawValue, after: end.rawValue,
                generator.element(of: [.late, .timedOut, .abandoned, .undeliverable])))
    }

    private mutating func changeRow() {
        var rows: [(SequenceNumber, JobRow)] = []
        history.projection.rows.forEach { generation, row in
            rows.append((generation, row))
            return true
        }
        guard !rows.isEmpty else { return }
        let (number, row) = generator.element(of: rows)
        let (generation, previous) = (number.rawValue, row.previous.rawValue)
        let tick = row.tick.number
        let later = Int64(generator.index(below: 20) * 10)
        if generator.chance(oneIn: 12) {
            history.append(History.deleted(generation, after: previous))
            return
        }
        switch row.tick.phase {
        case .finished: break
        case .inFlight(let trigger):
            let (outcome, next) = outcome(of: tick, at: later)
            let canBeBreak = outcome == .abandoned || outcome == .failed
            history.append(
                History.acknowledged(
                    trigger.sequence.rawValue, of: generation, after: previous, outcome,
                    isBreak: canBeBreak && generator.chance(oneIn: 2), next: next))
        case .waiting(let cause):
            let due = row.tick.due.nanoseconds(since: History.at(0)) / 1_000_000_000
            switch generator.index(below: 12) {
            case 0:
                history.append(
                    History.skipped(
                        generation, after: previous, (tick, tick + 2), next: (tick + 3, later)))
            case 1: history.append(History.skipped(generation, after: previous, (tick, tick)))
            case 2 where cause == .schedule:
                history.append(
                    History.rescheduled(
                        generation, after: previous, tick: tick, from: due, to: later))
            default:
                history.append(
                    History.triggered(
                        generation, after: previous, tick: tick, due: due,
                        attempt: row.tick.attempt, cause: cause))
            }
        }
    }

    private mutating func outcome(of tick: UInt64, at later: Int64) -> (
        Acknowledgement.Outcome, (tick: UInt64, at: Int64)?
    ) {
        switch generator.index(below: 5) {
        case 0: (.failed, (tick, later))
        case 1: (generator.element(of: [.abandoned, .undeliverable]), (tick, later))
        case 2: (generator.element(of: [.succeeded, .failed, .dropped, .timedOut]), nil)
        default: (generator.element(of: [.succeeded, .timedOut]), (tick + 1, later))
        }
    }

    private mutating func deleteFinished() {
        var finished: [(UInt64, UInt64)] = []
        history.projection.rows.forEach { generation, row in
            if row.tick.phase == .finished {
                finished.append((generation.rawValue, row.previous.rawValue))
            }
            return true
        }
        for (generation, previous) in finished {
            history.append(History.deleted(generation, after: previous, .completed))
        }
    }
}

import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("Counts kept beside the jobs") struct CountTests {
    @Test("are what counting the jobs gives, after every event and after an undone turn")
    func law() throws {
        let seed = Seed.any(for: "counts")
        var generator = SeededGenerator(seed: seed)
        for number in 0..<30 {
            let hint: Comment = "seed \(seed), history \(number)"
            let random = RandomHistory(seed: generator.next(), count: 200)
            var projection = JobProjection()
            for record in random.history.records {
                var undone = projection
                undone.startJournal()
                try undone.apply(record)
                let journal = undone.endJournal()
                undone.undo(journal)
                #expect(undone.phases == projection.phases, hint)
                try projection.apply(record)
                expectCounts(of: projection, at: record.time, hint)
            }
        }
    }

    private func expectCounts(
        of projection: JobProjection, at now: Timestamp, _ hint: Comment
    ) {
        var (waiting, retrying, inFlight) = (0, 0, 0)
        var dues = projection.lanes.map { _ in [Timestamp]() }
        projection.rows.forEach { _, row in
            switch row.tick.phase {
            case .waiting(let cause):
                if cause == .retry || cause == .redelivery { retrying += 1 } else { waiting += 1 }
                dues[Int(row.lane.rawValue)].append(row.tick.attemptDue)
            case .inFlight: inFlight += 1
            case .finished: break
            }
            return true
        }
        let due = DueIndex(of: projection)
        let phases = projection.phases
        #expect(
            [phases.waiting, phases.retrying, phases.inFlight] == [waiting, retrying, inFlight],
            hint)
        for (index, dues) in dues.enumerated() {
            let lane = LaneIndex(index)
            #expect(due.earliest(lane) == dues.min(), hint)
            // At the due times themselves, and around them.
            for now in [now] + dues.prefix(3) {
                for instant in [-1, 0, 1].map({ now.clampedAdding(nanoseconds: $0) }) {
                    let count = dues.count { $0 <= instant }
                    #expect(due.dueCount(lane, at: instant) == count, hint)
                }
            }
        }
    }

    @Test("of keys before another in a table are exact, whatever its chunks look like")
    func keysBefore() {
        var generator = SeededGenerator(seed: Seed.any(for: "keys before"))
        var table = ChunkedTable<Int, Int>()
        var keys: Set<Int> = []
        #expect(table.count(before: 5) == 0)
        for step in 0..<6_000 {
            let key = generator.index(below: 2_000)
            if step / 1_500 % 2 == 0 {
                table.set(key, to: step)
                keys.insert(key)
            } else {
                table.remove(key)
                keys.remove(key)
            }
            guard step % 250 == 249 else { continue }
            for end in [-1, 0, 1, 500, 999, 1_000, 1_001, 1_500, 1_999, 2_000, key] {
                #expect(table.count(before: end) == keys.count { $0 < end })
            }
        }
    }
}

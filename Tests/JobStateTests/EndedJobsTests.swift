import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("Rows of jobs that were deleted by prefix") struct EndedJobsTests {
    @Test("freed in any portions, at any time, give the state of a fold that frees them at once")
    func anyPortions() throws {
        let seed = Seed.any(for: "freeing")
        var generator = SeededGenerator(seed: seed)
        for number in 0..<60 {
            let hint: Comment = "seed \(seed), history \(number)"
            let random = RandomHistory(
                seed: generator.next(), count: 250, apps: RandomHistory.apps[number % 2])
            var fold = DueFold()
            var whole = JobProjection()
            var rest = random.history.records[...]
            while !rest.isEmpty {
                let turn = rest.prefix(1 + generator.index(below: 12))
                let before = fold.projection
                let portion = generator.index(below: 3)
                let journal = try fold.apply(turn, freeing: portion)
                if generator.chance(oneIn: 4) {
                    fold.undo(journal)
                    #expect(fold.projection.rows == before.rows, hint)
                    #expect(fold.projection.endedCount == before.endedCount, hint)
                    #expect(fold.projection.isSameState(as: before), hint)
                    try fold.apply(turn, freeing: portion)
                }
                for record in turn { try whole.apply(record) }
                expectSame(fold.projection, whole, hint)
                rest = rest.dropFirst(turn.count)
            }
            try fold.apply([])
            #expect(fold.projection.rows.count == whole.rows.count, hint)
            #expect(fold.projection.isSameState(as: whole), hint)
            #expect(fold.projection.phases == whole.phases, hint)
            #expect(fold.order() == whole.dueOrder(), hint)
        }
    }

    /// The same jobs, whatever is to be freed.
    private func expectSame(_ sliced: JobProjection, _ whole: JobProjection, _ hint: Comment) {
        #expect(whole.endedCount == 0, hint)
        #expect(sliced.isSameState(as: whole), hint)
        #expect(sliced.checkpoint() == whole.checkpoint(), hint)
        #expect(sliced.phases.inFlight == whole.phases.inFlight, hint)
        let sums = [sliced.phases, whole.phases].map { $0.waiting + $0.retrying }
        #expect(sums[0] == sums[1], hint)
        sliced.rows.forEach { generation, row in
            #expect(sliced.isLive(generation, row) == (whole.rows[generation] != nil), hint)
            return true
        }
    }

    @Test("are no live jobs to the events that follow") func noLiveJobs() throws {
        let history = History(
            .created(History.definition("a")), .created(History.definition("b")),
            History.deletedByPrefix("a", count: 1))
        var fold = DueFold()
        try fold.apply(history.records, freeing: 0)
        #expect(fold.projection.endedCount == 1)
        for event in [
            History.deleted(2, after: 2), History.rescheduled(2, after: 2, to: 90),
            History.deletedByPrefix("a", count: 1),
        ] {
            var projection = fold.projection
            let record = Record(sequence: projection.head.next, time: History.at(1), event: event)
            #expect(throws: CorruptHistory.self) { try projection.apply(record) }
        }
        #expect(fold.projection.count(withKeyPrefix: History.job("b").key) == 1)
    }
}

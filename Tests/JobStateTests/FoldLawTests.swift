import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("Laws of the fold, over random histories") struct FoldLawTests {
    private static let historyCount = 60
    private static let historyLength = 250

    /// `check` over many histories; a failure names the seed.
    private func forHistories(
        _ name: String, _ check: (RandomHistory, inout SeededGenerator, Comment) throws -> Void
    ) rethrows {
        let seed = Seed.any(for: name)
        var generator = SeededGenerator(seed: seed)
        for number in 0..<FoldLawTests.historyCount {
            let random = RandomHistory(
                seed: generator.next(), count: FoldLawTests.historyLength)
            try check(random, &generator, "seed \(seed), history \(number)")
        }
    }

    private func fold(_ records: some Sequence<Record>, onto start: JobProjection = JobProjection())
        throws -> JobProjection
    {
        var projection = start
        for record in records { try projection.apply(record) }
        return projection
    }

    @Test("fold(a + b) = fold(fold(a), b), and the copy at a stays what it was") func prefix()
        throws
    {
        try forHistories("fold(a + b)") { random, generator, hint in
            let records = random.history.records
            let cut = generator.index(below: records.count)
            let first = try fold(records[..<cut])
            let order = first.dueOrder()
            let whole = try fold(records[cut...], onto: first)
            #expect(whole.isSameState(as: random.history.projection), hint)
            #expect(whole.dueOrder() == random.history.projection.dueOrder(), hint)
            #expect(first.isSameState(as: try fold(records[..<cut])), hint)
            #expect(first.dueOrder() == order, hint)
        }
    }

    @Test("an undone turn leaves the state, and the order of what is due, as they were")
    func undo() throws {
        try forHistories("undo") { random, generator, hint in
            let records = random.history.records
            var projection = JobProjection()
            var rest = records[...]
            while !rest.isEmpty {
                let turn = rest.prefix(1 + generator.index(below: 20))
                for route in projection.routes.indices {
                    projection.setOpen(RouteIndex(route), generator.chance(oneIn: 2))
                }
                let before = projection
                projection.startJournal()
                for record in turn { try projection.apply(record) }
                let journal = projection.endJournal()
                if generator.chance(oneIn: 2) {
                    projection.undo(journal)
                    #expect(projection.isSameState(as: before), hint)
                    #expect(projection.dueOrder() == before.dueOrder(), hint)
                    #expect(projection.due.first?.entry == before.due.first?.entry, hint)
                    for record in turn { try projection.apply(record) }
                }
                rest = rest.dropFirst(turn.count)
            }
            #expect(projection.isSameState(as: random.history.projection), hint)
            #expect(projection.dueOrder() == random.history.projection.dueOrder(), hint)
        }
    }

    @Test("a part folded without following what is due changes nothing when that is found")
    func dueFoundLater() throws {
        try forHistories("due found later") { random, generator, hint in
            let records = random.history.records
            let start = generator.index(below: records.count)
            let end = start + generator.index(below: records.count - start + 1)
            var projection = try fold(records[..<start])
            projection.forgetDue()
            projection = try fold(records[start..<end], onto: projection)
            projection.findDue()
            expectSame(projection, try fold(records[..<end]), hint)
            expectSame(
                try fold(records[end...], onto: projection), random.history.projection, hint)
        }
    }

    private func expectSame(
        _ found: JobProjection, _ expected: JobProjection, _ hint: Comment
    ) {
        #expect(found.isSameState(as: expected), hint)
        #expect(found.phases == expected.phases, hint)
        #expect(found.dueOrder() == expected.dueOrder(), hint)
        #expect(found.due.first?.entry == expected.due.first?.entry, hint)
        for lane in expected.lanes.indices.map({ LaneIndex($0) }) {
            #expect(found.due.waitingCount(lane) == expected.due.waitingCount(lane), hint)
            #expect(found.due.earliest(lane) == expected.due.earliest(lane), hint)
        }
    }

    @Test("states that differ in anything are not the same") func difference() throws {
        let random = RandomHistory(seed: 1, count: 200)
        var states: [JobProjection] = []
        var projection = JobProjection()
        for record in random.history.records {
            states.append(projection)
            try projection.apply(record)
        }
        for (index, state) in states.enumerated() {
            #expect(!states[..<index].contains { $0.isSameState(as: state) })
        }
    }
}

@Suite("What is due next") struct DueOrderTests {
    private struct Due: Equatable {
        let due: Timestamp
        let generation: SequenceNumber
    }

    /// The earliest waiting job among the open lanes of open routes, of equals the oldest, by looking at
    /// every row. A lane that is not named is open.
    private func earliest(
        _ projection: JobProjection, _ isOpen: [RouteIndex: Bool], _ isLaneOpen: [LaneIndex: Bool]
    ) -> Due? {
        var earliest: Due?
        projection.rows.forEach { generation, row in
            guard case .waiting = row.tick.phase, isOpen[projection.route(of: row.lane)] ?? false,
                isLaneOpen[row.lane] ?? true
            else { return true }
            let due = Due(due: row.tick.attemptDue, generation: generation)
            // Rows come oldest first, so the older one stays where two are due together.
            if earliest.map({ due.due < $0.due }) ?? true { earliest = due }
            return true
        }
        return earliest
    }

    @Test("the earliest job of the open routes, by a search through all, over random histories")
    func model() throws {
        let seed = Seed.any(for: "What is due next")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let random = RandomHistory(seed: generator.next(), count: 250)
            var projection = JobProjection()
            var isOpen: [RouteIndex: Bool] = [:]
            var isLaneOpen: [LaneIndex: Bool] = [:]
            for record in random.history.records {
                try projection.apply(record)
                if !projection.routes.isEmpty {
                    let route = RouteIndex(generator.index(below: projection.routes.count))
                    isOpen[route] = generator.chance(oneIn: 2)
                    projection.setOpen(route, isOpen[route] ?? false)
                    #expect(projection.due.isOpen(route) == isOpen[route])
                }
                if !projection.lanes.isEmpty {
                    let lane = LaneIndex(generator.index(below: projection.lanes.count))
                    isLaneOpen[lane] = generator.chance(oneIn: 2)
                    projection.setOpen(lane, isLaneOpen[lane] ?? true)
                }
                let first = projection.due.first
                let found = first.map { Due(due: $0.entry.due, generation: $0.entry.generation) }
                #expect(found == earliest(projection, isOpen, isLaneOpen), "seed \(seed)")
                if let first {
                    #expect(projection.rows[first.entry.generation]?.lane == first.lane)
                }
            }
        }
    }

    @Test("over a thousand routes, opened and closed") func manyRoutes() {
        var history = History()
        let count = 1_000
        for number in 0..<count {
            // Neither in the order of due times nor without ties.
            let definition = History.definition(app: "p\(number)", due: Int64(number * 37 % 500))
            history.append(.created(definition))
        }
        var projection = history.projection
        #expect(projection.due.first == nil)
        let expected = projection.dueOrder()
        #expect(expected.count == count)
        for route in 0..<count { projection.setOpen(RouteIndex(route), true) }
        var order: [SequenceNumber] = []
        while let first = projection.due.first {
            order.append(first.entry.generation)
            projection.setOpen(projection.route(of: first.lane), false)
        }
        #expect(order == expected)
        let byHand = (0..<count).sorted { ($0 * 37 % 500, $0) < ($1 * 37 % 500, $1) }
        #expect(order.map { Int($0.rawValue) - 2 } == byHand)
    }

    @Test("a closed route keeps its jobs in order until it opens") func closedRoute() {
        var projection = History(
            .created(History.definition("a", due: 30)), .created(History.definition("b", due: 10)),
            .created(History.definition("c", due: 10)),
            .created(History.definition("d", app: "bank", due: 20))
        ).projection
        projection.setOpen(RouteIndex(1), true)
        #expect(projection.due.first?.entry.generation == SequenceNumber(5))
        projection.setOpen(RouteIndex(0), true)
        #expect(projection.due.first?.entry.generation == SequenceNumber(3))
        #expect(projection.due.waitingCount(LaneIndex(0)) == 3)
        projection.setOpen(RouteIndex(0), false)
        #expect(projection.due.first?.entry.generation == SequenceNumber(5))
        projection.setOpen(RouteIndex(1), false)
        #expect(projection.due.first == nil)
    }
}

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
                seed: generator.next(), count: FoldLawTests.historyLength,
                apps: RandomHistory.apps[number % 2])
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
            var fold = DueFold()
            var rest = records[...]
            while !rest.isEmpty {
                let turn = rest.prefix(1 + generator.index(below: 20))
                for route in fold.projection.routesInUse {
                    fold.due.setOpen(route, generator.chance(oneIn: 2))
                }
                let before = fold
                let journal = try fold.apply(turn)
                if generator.chance(oneIn: 2) {
                    fold.undo(journal)
                    #expect(fold.projection.isSameState(as: before.projection), hint)
                    #expect(fold.order() == before.order(), hint)
                    #expect(fold.due.first?.wait == before.due.first?.wait, hint)
                    try fold.apply(turn)
                }
                rest = rest.dropFirst(turn.count)
            }
            #expect(fold.projection.isSameState(as: random.history.projection), hint)
            #expect(fold.order() == random.history.projection.dueOrder(), hint)
        }
    }

    @Test("what is due is the same whether it was followed from the first event or found later")
    func dueFoundLater() throws {
        try forHistories("due found later") { random, generator, hint in
            let records = random.history.records
            let start = generator.index(below: records.count)
            var followed = DueFold()
            try followed.apply(records[..<start])
            var found = DueFold(try fold(records[..<start]))
            for _ in 0..<2 {
                #expect(found.projection.isSameState(as: followed.projection), hint)
                #expect(found.projection.phases == followed.projection.phases, hint)
                #expect(found.order() == followed.order(), hint)
                #expect(found.due.first?.wait == followed.due.first?.wait, hint)
                for lane in found.projection.lanesInUse {
                    let same = try #require(followed.projection.lane(lane, of: found.projection))
                    #expect(found.due.waitingCount(lane) == followed.due.waitingCount(same), hint)
                    #expect(found.due.earliest(lane) == followed.due.earliest(same), hint)
                }
                try found.apply(records[found.count...])
                try followed.apply(records[followed.count...])
            }
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

    /// The earliest waiting job among the open lanes of open routes, the oldest of equals, found by
    /// scanning every row. A lane that is not named is open.
    private func earliest(
        _ projection: JobProjection, _ isOpen: [RouteIndex: Bool], _ isLaneOpen: [LaneIndex: Bool]
    ) -> Due? {
        var earliest: Due?
        projection.rows.forEach { generation, row in
            guard case .waiting = row.tick.phase, isOpen[projection.route(of: row.lane)] ?? false,
                isLaneOpen[row.lane] ?? true
            else { return true }
            let due = Due(due: row.tick.attemptDue, generation: generation)
            // Rows come oldest first, so the older one wins if two are due together.
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
            var fold = DueFold()
            var isOpen: [RouteIndex: Bool] = [:]
            var isLaneOpen: [LaneIndex: Bool] = [:]
            for record in random.history.records {
                for change in try fold.apply([record]).waits {
                    // A number may have been another's.
                    if case .route(let route) = change { isOpen[route] = nil }
                    if case .lane(let lane, _) = change { isLaneOpen[lane] = nil }
                }
                let projection = fold.projection
                if !projection.routes.isEmpty {
                    let route = RouteIndex(generator.index(below: projection.routes.count))
                    isOpen[route] = generator.chance(oneIn: 2)
                    fold.due.setOpen(route, isOpen[route] ?? false)
                    #expect(fold.due.isOpen(route) == isOpen[route])
                }
                if !projection.lanes.isEmpty {
                    let lane = LaneIndex(generator.index(below: projection.lanes.count))
                    isLaneOpen[lane] = generator.chance(oneIn: 2)
                    fold.due.setOpen(lane, isLaneOpen[lane] ?? true)
                }
                let first = fold.due.first
                let found = first.map { Due(due: $0.wait.due, generation: $0.wait.generation) }
                #expect(found == earliest(projection, isOpen, isLaneOpen), "seed \(seed)")
                if let first {
                    #expect(projection.rows[first.wait.generation]?.lane == first.lane)
                }
            }
        }
    }

    @Test("over a thousand routes, opened and closed") func manyRoutes() {
        var history = History()
        let count = 1_000
        for number in 0..<count {
            // Not in the order of due times, and with ties.
            let definition = History.definition(app: "p\(number)", due: Int64(number * 37 % 500))
            history.append(.created(definition))
        }
        var due = DueIndex(of: history.projection)
        #expect(due.first == nil)
        let expected = history.projection.dueOrder()
        #expect(expected.count == count)
        for route in 0..<count { due.setOpen(RouteIndex(route), true) }
        var order: [SequenceNumber] = []
        while let first = due.first {
            order.append(first.wait.generation)
            due.setOpen(history.projection.route(of: first.lane), false)
        }
        #expect(order == expected)
        let byHand = (0..<count).sorted { ($0 * 37 % 500, $0) < ($1 * 37 % 500, $1) }
        #expect(order.map { Int($0.rawValue) - 2 } == byHand)
    }

    @Test("a closed route keeps its jobs in order until it opens") func closedRoute() {
        var due = DueIndex(
            of: History(
                .created(History.definition("a", due: 30)),
                .created(History.definition("b", due: 10)),
                .created(History.definition("c", due: 10)),
                .created(History.definition("d", app: "bank", due: 20))
            ).projection)
        due.setOpen(RouteIndex(1), true)
        #expect(due.first?.wait.generation == SequenceNumber(5))
        due.setOpen(RouteIndex(0), true)
        #expect(due.first?.wait.generation == SequenceNumber(3))
        #expect(due.waitingCount(LaneIndex(0)) == 3)
        due.setOpen(RouteIndex(0), false)
        #expect(due.first?.wait.generation == SequenceNumber(5))
        due.setOpen(RouteIndex(1), false)
        #expect(due.first == nil)
    }
}

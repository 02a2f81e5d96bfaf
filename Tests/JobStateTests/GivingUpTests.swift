import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("Routes and lanes that nothing uses") struct GivingUpTests {
    private static func isKnown(_ app: String, _ projection: JobProjection) -> Bool {
        projection.routeIndex(of: History.job("-", app: app).route) != nil
    }

    @Test("are given up, whatever ends their use last") func lastUse() throws {
        func isKnown(_ history: History) -> Bool { Self.isKnown("shop", history.projection) }
        var history = History(
            History.present(), .created(History.definition()), History.triggered(3, after: 3),
            History.deleted(3, after: 4))
        // The receiver and the trigger of the deleted job are left.
        history.append(History.absent())
        #expect(isKnown(history))
        history.append(History.acknowledged(4, of: 3, after: 5, .late))
        #expect(!isKnown(history))
        history.append(.created(History.definition()))
        history.append(History.present())
        history.append(History.deletedByPrefix("a", count: 1))
        #expect(isKnown(history))
        history.append(History.opening(isAfterCleanClose: false))
        #expect(!isKnown(history))
    }

    @Test("are kept by a limit until it is lifted, or its process ends") func limits() throws {
        let route = History.actor("a").route
        var history = History(
            History.limited(nil, to: 1), History.limited("k", to: 2), History.limited("k", to: 3))
        #expect(history.projection.lanesInUse.count == 1)
        history.append(History.limited(nil, to: nil))
        let index = try #require(history.projection.routeIndex(of: route))
        #expect(history.projection.laneIndex(of: index, gate: "k") != nil)
        history.append(History.limited("k", to: nil))
        #expect(history.projection.routeIndex(of: route) == nil)
        history.append(History.limited("l", to: nil))
        #expect(history.projection.routeIndex(of: route) == nil)
        history.append(History.limited("k", to: 2))
        history.append(History.opening(isAfterCleanClose: false))
        #expect(history.projection.routesInUse.isEmpty && history.projection.lanesInUse.isEmpty)
    }

    @Test("leave nothing behind at the end of any random history, and the same bytes in any fold")
    func nothingIsLeft() throws {
        let seed = Seed.any(for: "nothing is left")
        var generator = SeededGenerator(seed: seed)
        for number in 0..<40 {
            let hint: Comment = "seed \(seed), history \(number)"
            var history = RandomHistory(
                seed: generator.next(), count: 250, apps: RandomHistory.apps[number % 2]
            ).history
            if history.projection.isClosed {
                history.append(History.opening(isAfterCleanClose: true))
            }
            history.endEverything()
            var inTurns = DueFold()
            var rest = history.records[...]
            while !rest.isEmpty {
                let turn = rest.prefix(1 + generator.index(below: 20))
                try inTurns.apply(turn, freeing: generator.index(below: 3))
                rest = rest.dropFirst(turn.count)
            }
            #expect(inTurns.projection.checkpoint() == history.projection.checkpoint(), hint)
            try inTurns.apply([])
            // What the last turn has given up is free when the next begins.
            try inTurns.apply([])
            for projection in [history.projection, inTurns.projection] {
                #expect(projection.routesInUse.isEmpty && projection.lanesInUse.isEmpty, hint)
                #expect(projection.names.isEmpty && projection.rows.isEmpty, hint)
                #expect(projection.inFlight.isEmpty, hint)
            }
            #expect(inTurns.projection.routes.isEmpty && inTurns.projection.lanes.isEmpty, hint)
        }
    }

    @Test("free their numbers, which are no more than are in use at a time, and a turn's")
    func numbers() throws {
        var fold = DueFold()
        try fold.apply(History().records)
        for number in 0..<500 {
            let next = fold.projection.head.next.rawValue
            let app = "app-\(number)"
            let events: [Event] = [
                .created(History.definition("one", app: app)),
                .created(History.definition("two", app: app)), History.deleted(next, after: next),
                History.deleted(next + 1, after: next + 1),
            ]
            let records = events.enumerated().map { offset, event in
                Record(
                    sequence: SequenceNumber(next + UInt64(offset)), time: History.at(0),
                    event: event)
            }
            try fold.apply(records[..<2])
            let journal = try fold.apply(records[2...])
            #expect(!Self.isKnown(app, fold.projection))
            fold.undo(journal)
            #expect(Self.isKnown(app, fold.projection))
            try fold.apply(records[2...])
            #expect(fold.projection.routes.count == 1 && fold.projection.lanes.count == 1)
        }
    }

    @Test("do not give their numbers away in the turn that gives them up") func sameTurn() throws {
        var fold = DueFold()
        let history = History(
            .created(History.definition("a")), History.deleted(2, after: 2),
            .created(History.definition("a", app: "bank")))
        try fold.apply(history.records)
        #expect(fold.projection.routesInUse == [RouteIndex(1)])
        try fold.apply([])
        let next = Record(
            sequence: fold.projection.head.next, time: History.at(0),
            event: .created(History.definition("a", app: "post")))
        try fold.apply([next])
        #expect(fold.projection.routesInUse == [RouteIndex(0), RouteIndex(1)])
    }
}

extension History {
    /// Deletes all jobs, answers all triggers, and lets receivers and limits go.
    fileprivate mutating func endEverything() {
        let rows = projection.rows
        rows.forEach { generation, row in
            append(History.deleted(generation.rawValue, after: row.previous.rawValue))
            return true
        }
        let inFlight = projection.inFlight
        inFlight.forEach { trigger, entry in
            let end = entry.endedBy?.rawValue ?? 0
            append(
                History.acknowledged(
                    trigger.sequence.rawValue, of: entry.generation.rawValue, after: end, .late))
            return true
        }
        append(History.opening(isAfterCleanClose: false))
    }
}

import EventLog
import JobState
import Jobs
import TestSupport
import Testing

@Suite("A checkpoint and the records after it") struct CheckpointTests {
    private func expectSame(
        _ left: JobProjection, _ right: JobProjection, _ hint: Comment? = nil,
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(left.isSameState(as: right), hint, sourceLocation: location)
        #expect(left.dueOrder() == right.dueOrder(), hint, sourceLocation: location)
        for route in left.routesInUse {
            #expect(left.routeIndex(of: left.routes[Int(route.rawValue)].key) == route, hint)
        }
        for lane in left.lanesInUse {
            let key = left.lanes[Int(lane.rawValue)].key
            #expect(left.laneIndex(of: key.route, gate: key.gate) == lane, hint)
        }
    }

    /// Reads what it writes, and writes the same again.
    private func expectRoundTrip(
        _ projection: JobProjection, _ hint: Comment? = nil,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = projection.checkpoint()
        let read = try Checkpoints.read(bytes)
        expectSame(read.projection, projection, hint, at: location)
        #expect(read.seal == projection.seal, hint, sourceLocation: location)
        #expect(read.projection.checkpoint() == bytes, hint, sourceLocation: location)
    }

    @Test("read(write(fold(a))) then fold(b) = fold(a + b), at every cut of random histories")
    func law() throws {
        let seed = Seed.any(for: "checkpoints")
        var generator = SeededGenerator(seed: seed)
        for number in 0..<25 {
            let random = RandomHistory(seed: generator.next(), count: 200)
            let (records, whole) = (random.history.records, random.history.projection)
            let everyFold = generator.index(below: 10)
            var first = JobProjection()
            for (cut, record) in records.enumerated() {
                let hint: Comment = "seed \(seed), history \(number), cut \(cut)"
                var read = try Checkpoints.read(first.checkpoint()).projection
                #expect(read.isSameState(as: first), hint)
                if cut % 10 == everyFold {
                    expectSame(read, first, hint)
                    for record in records[cut...] { try read.apply(record) }
                    expectSame(read, whole, hint)
                    #expect(read.checkpoint() == whole.checkpoint(), hint)
                }
                try first.apply(record)
            }
            try expectRoundTrip(whole, "seed \(seed), history \(number)")
        }
    }

    @Test("every kind of row, phase, policy, schedule, route and trigger comes back")
    func everyKind() throws {
        let projection = SampleState.projection
        try expectRoundTrip(projection)
        let phases = Set(phaseNames(projection))
        #expect(phases.count == 5, "\(phases)")
        #expect(!projection.inFlightTriggers { $0.endedBy != nil }.isEmpty)
        #expect(projection.boots.count == 2)
        #expect(Set(projection.routes.map(\.isPresent)) == [true, false])
        var history = SampleState.history
        history.append(.closed)
        try expectRoundTrip(history.projection)
    }

    private func phaseNames(_ projection: JobProjection) -> [String] {
        var names: [String] = []
        projection.rows.forEach { _, row in
            switch row.tick.phase {
            case .waiting(let cause): names.append("\(cause)")
            case .inFlight: names.append("in flight")
            case .finished: names.append("finished")
            }
            return true
        }
        return names
    }

    @Test("an empty log has one too") func empty() throws {
        try expectRoundTrip(JobProjection())
        let read = try Checkpoints.read(JobProjection().checkpoint())
        #expect(read.seal == .genesis(of: Checkpoints.log))
        try expectRoundTrip(History().projection)
    }

    @Test("it can be read in pieces of any size", arguments: [1, 2, 3, 7, 31, 136, 137, 4_096])
    func pieces(_ size: Int) throws {
        let projection = SampleState.projection
        let read = try Checkpoints.read(projection.checkpoint(), inPiecesOf: size)
        expectSame(read.projection, projection)
        #expect(read.seal == projection.seal)
    }

    @Test("nothing is due until a route is opened again") func closedRoutes() throws {
        var written = DueFold(SampleState.projection)
        written.openAll()
        #expect(written.due.first != nil)
        var read = DueFold(try Checkpoints.read(SampleState.projection.checkpoint()).projection)
        #expect(read.due.first == nil)
        read.openAll()
        #expect(read.due.first?.wait == written.due.first?.wait)
    }

    @Test("the writer gives the state it was made with, whatever comes after") func copy() throws {
        var history = SampleState.history
        let before = history.projection
        var writer = CheckpointWriter(before, seal: before.seal, log: Checkpoints.log)
        var bytes = writer.next() ?? []
        history.append(History.deletedByPrefix("s", count: 24))
        while let piece = writer.next() { bytes += piece }
        expectSame(try Checkpoints.read(bytes).projection, before)
    }
}

@Suite("The size of a checkpoint") struct CheckpointSizeTests {
    @Test("it comes in blocks of about the limit, each of whole elements") func blocks() throws {
        var history = History()
        for number in 0..<8_000 {
            history.append(.created(History.definition("n\(number * 7_919 % 8_000)")))
        }
        let pieces = history.projection.checkpointPieces()
        // The header, the blocks, the digest.
        #expect(pieces.count == 6)
        #expect(pieces.first?.count == 152)
        #expect(pieces.last?.count == 32)
        for piece in pieces[1..<4] {
            #expect(piece.count >= TableLimits.checkpointBlockBytes)
            #expect(piece.count < TableLimits.checkpointBlockBytes + 2_000)
        }
        let bytes = pieces.flatMap { $0 }
        for size in [1 << 10, 256 << 10, 300_001] {
            let read = try Checkpoints.read(bytes, inPiecesOf: size).projection
            #expect(read.isSameState(as: history.projection))
        }
    }

    @Test("a schedule takes room once, however many jobs have it") func sharedSchedules() {
        func size(_ jobs: Int) -> Int {
            var history = History()
            for number in 0..<jobs {
                let definition = History.definition("\(number)", schedule: "1 2 3 4 5 6")
                history.append(.created(definition))
            }
            return history.projection.checkpoint().count
        }
        let (route, lane, schedule) = (16, 7, 51)
        #expect(size(1) - size(0) == size(2) - size(1) + route + lane + schedule)
        #expect(size(3) - size(2) == size(2) - size(1))
    }

    @Test("more schedules than can be referred to at a time", arguments: [0, 1])
    func manySchedules(_ more: Int) throws {
        var history = History()
        let count = TableLimits.checkpointSchedulesMax + more
        for number in 0..<count + 3 {
            // The last jobs have the schedules of the first.
            let definition = History.definition("\(number)", schedule: "@every \(number % count)s")
            history.append(.created(definition))
        }
        let projection = history.projection
        let read = try Checkpoints.read(projection.checkpoint()).projection
        #expect(read.isSameState(as: projection))
    }
}

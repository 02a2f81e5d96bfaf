// Decodes the elements of a checkpoint, in the order of the header's counts. A block holds whole
// elements.

import EventLog
import Jobs

struct CheckpointDecoder {
    let header: CheckpointHeader
    private(set) var parts: CheckpointParts
    /// The elements still to be read.
    private var left: CheckpointHeader.Counts
    private var namesLeft: UInt64
    private var rowDecoder = CheckpointRowDecoder()

    init(_ header: CheckpointHeader) {
        self.header = header
        parts = CheckpointParts(head: header.seal.last, isClosed: header.isClosed)
        left = header.counts
        namesLeft = header.counts.rows
    }

    var isComplete: Bool { left == .none && namesLeft == 0 }

    /// Reads the elements of one block.
    mutating func read(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        try readBoots(&cursor)
        try readRoutes(&cursor)
        try readLanes(&cursor)
        try readZones(&cursor)
        try readClockMoves(&cursor)
        try readRows(&cursor)
        try readNames(&cursor)
        try readInFlight(&cursor)
        guard cursor.isAtEnd else {
            throw .damaged(at: cursor.place, reason: "the block continues after the last element")
        }
    }

    private mutating func readBoots(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        while left.boots > 0, !cursor.isAtEnd {
            let place = cursor.place
            let boot = Boot(
                opened: try cursor.sequenceNumber("a process"),
                time: try cursor.timestamp("a process"),
                bootID: BootID(
                    high: try cursor.word64("a process"), low: try cursor.word64("a process")))
            try parts.add(boot, at: place)
            left.boots -= 1
        }
    }

    private mutating func readRoutes(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        while left.routes > 0, !cursor.isAtEnd {
            let place = cursor.place
            let flags = try cursor.byte("a route")
            guard flags <= 3 else {
                throw .damaged(at: place, reason: "a route's flags cannot be \(flags)")
            }
            guard let key = RouteKey(storedKey: try cursor.shortBytes("a route's key")) else {
                throw .damaged(at: place, reason: "a route's key is no key")
            }
            var route = Route(key: key)
            route.isPresent = flags & 1 != 0
            route.isLimited = flags & 2 != 0
            try parts.add(route, at: place)
            left.routes -= 1
        }
    }

    private mutating func readLanes(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        while left.lanes > 0, !cursor.isAtEnd {
            let place = cursor.place
            let flags = try cursor.byte("a lane")
            guard flags <= 1 else {
                throw .damaged(at: place, reason: "a lane's flags cannot be \(flags)")
            }
            let route = RouteIndex(try cursor.index("a lane"))
            let gate = try cursor.text("a lane's gate")
            var lane = Lane(key: LaneKey(route: route, gate: gate.isEmpty ? nil : gate))
            lane.isLimited = flags == 1
            try parts.add(lane, at: place)
            left.lanes -= 1
        }
    }

    private mutating func readZones(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        while left.zones > 0, !cursor.isAtEnd {
            let place = cursor.place
            let zone = try cursor.text("a zone's name")
            let changed = try cursor.sequenceNumber("a zone's last change")
            let opened = try cursor.timestamp("a zone's last change")
            guard changed > .zero || opened == Timestamp(nanoseconds: 0) else {
                throw .damaged(at: place, reason: "a zone that has not changed has a time of it")
            }
            let count = try cursor.word32("a zone's changes")
            var changes: [OffsetTimeline.Change] = []
            // Memory grows with the bytes present, not with the count.
            for _ in 0..<count {
                let start = try cursor.number("a zone's changes")
                let offset = Int32(bitPattern: try cursor.word32("a zone's changes"))
                changes.append(OffsetTimeline.Change(start: start, offset: offset))
            }
            guard let timeline = OffsetTimeline(changes: changes) else {
                throw .damaged(at: place, reason: "no zone has these changes")
            }
            let change = ZoneChange(sequence: changed, opened: opened)
            try parts.add(zone, ZoneTable(timeline), changed > .zero ? change : nil, at: place)
            left.zones -= 1
        }
    }

    private mutating func readClockMoves(
        _ cursor: inout CheckpointCursor
    ) throws(CheckpointError) {
        while left.clockMoves > 0, !cursor.isAtEnd {
            let place = cursor.place
            let move = ClockMove(
                sequence: try cursor.sequenceNumber("a jump of the clock"),
                from: try cursor.timestamp("a jump of the clock"),
                to: try cursor.timestamp("a jump of the clock"))
            try parts.add(move, at: place)
            left.clockMoves -= 1
        }
    }

    private mutating func readRows(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        while left.rows > 0, !cursor.isAtEnd {
            let place = cursor.place
            let generation = try cursor.sequenceNumber("a row")
            try parts.add(generation, try rowDecoder.row(&cursor), at: place)
            left.rows -= 1
        }
    }

    private mutating func readNames(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        while namesLeft > 0, !cursor.isAtEnd {
            let place = cursor.place
            try parts.addName(of: try cursor.sequenceNumber("a name"), at: place)
            namesLeft -= 1
        }
    }

    private mutating func readInFlight(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        while left.inFlight > 0, !cursor.isAtEnd {
            let place = cursor.place
            let trigger = TriggerID(try cursor.sequenceNumber("a trigger"))
            let generation = try cursor.sequenceNumber("a trigger")
            let triggeredAt = try cursor.timestamp("a trigger")
            let end = try cursor.sequenceNumber("a trigger")
            let lane = LaneIndex(try cursor.index("a trigger"))
            let receiver = ReceiverID(try cursor.word32("a trigger"))
            let entry = InFlightTrigger(
                generation: generation, lane: lane, receiver: receiver, triggeredAt: triggeredAt,
                endedBy: end == .zero ? nil : end)
            try parts.add(trigger, entry, at: place)
            left.inFlight -= 1
        }
    }
}

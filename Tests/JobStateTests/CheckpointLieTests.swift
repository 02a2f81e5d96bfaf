import EventLog
import JobState
import Jobs
import Testing

/// A checkpoint with a matching digest and impossible contents.
struct CheckpointLie: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout HandMadeCheckpoint) -> Void

    init(_ what: String, _ change: @escaping @Sendable (inout HandMadeCheckpoint) -> Void) {
        testDescription = what
        self.change = change
    }
}

@Suite("A checkpoint that contradicts itself") struct CheckpointLieTests {
    @Test("is made from one that is believed") func truthful() throws {
        let bytes = HandMadeCheckpoint.truthful.bytes
        let history = HandMadeCheckpoint.history
        #expect(bytes == history.projection.checkpoint())
        #expect(try Checkpoints.read(bytes).projection.isSameState(as: history.projection))
    }

    @Test("is refused", arguments: lies) func lie(_ lie: CheckpointLie) {
        var checkpoint = HandMadeCheckpoint.truthful
        lie.change(&checkpoint)
        for size in [nil, 1] {
            guard case .damaged = Checkpoints.refusal(of: checkpoint.bytes, inPiecesOf: size) else {
                Issue.record("believed")
                return
            }
        }
    }

    @Test("counts that lie are refused before anything is kept for them", arguments: 0..<7)
    func counts(_ index: Int) {
        let truth: [UInt64] = [1, 1, 1, 0, 0, 2, 1]
        for count in [0, 1, 2, 3, 1 << 31, 1 << 32, 1 << 62, UInt64.max] where count != truth[index]
        {
            var checkpoint = HandMadeCheckpoint.truthful
            var counts = truth
            counts[index] = count
            checkpoint.counts = counts
            guard case .damaged = Checkpoints.refusal(of: checkpoint.bytes) else {
                Issue.record("\(count) is believed")
                return
            }
        }
    }

    @Test("the refusal names the byte at which the untrue part begins") func place() {
        var checkpoint = HandMadeCheckpoint.truthful
        let rowsStart = 152 + 4 + 32 + 16 + 7
        checkpoint.rows[1].attempt = 0
        let place = rowsStart + checkpoint.rows[0].encoded.count
        #expect(
            Checkpoints.refusal(of: checkpoint.bytes)
                == .damaged(at: place, reason: "4 cannot be at attempt 0"))
    }

    @Test("the largest block is read, one byte more is not", arguments: [0, 1])
    func largestBlock(_ more: Int) {
        var checkpoint = HandMadeCheckpoint.truthful
        // Preamble and header, the length, the digest; and the fields of a zone.
        let rest = TableLimits.checkpointBlockBytesMax - (checkpoint.bytes.count - 188) - 22 + more
        let changes = (0..<rest / 12).map { (Int64($0), Int32($0 % 2)) }
        let name = String(repeating: "A", count: rest % 12)
        checkpoint.zones = [Self.zone(name, [(.min, 1)] + changes.dropLast())]
        let size = TableLimits.checkpointBlockBytesMax + more
        #expect(checkpoint.bytes.count == size + 188)
        #expect(
            Checkpoints.refusal(of: checkpoint.bytes)
                == (more == 0 ? nil : .damaged(at: 152, reason: "a block of \(size) bytes")))
    }

    private static func boot(_ opened: UInt64) -> [UInt8] {
        HandMadeCheckpoint.bytes(opened) + [UInt8](repeating: 0, count: 24)
    }

    private static func zone(
        _ name: String, _ changes: [(Int64, Int32)], changed: UInt64 = 0, opened: Int64 = 0
    ) -> [UInt8] {
        HandMadeCheckpoint.bytes(UInt16(name.utf8.count)) + Array(name.utf8)
            + HandMadeCheckpoint.bytes(changed) + HandMadeCheckpoint.bytes(opened)
            + HandMadeCheckpoint.bytes(UInt32(changes.count))
            + changes.flatMap { HandMadeCheckpoint.bytes($0) + HandMadeCheckpoint.bytes($1) }
    }

    private static func cron(_ sets: [UInt64], _ stars: [UInt8] = [0, 0]) -> [UInt8] {
        sets.flatMap { HandMadeCheckpoint.bytes($0) } + stars
    }

    /// After the route of the jobs.
    private static let idleRoute: [UInt8] = {
        let key = History.job("-", app: "tailor").route.key
        return [0] + HandMadeCheckpoint.bytes(UInt16(key.count)) + key
    }()

    private static let lies: [CheckpointLie] = frameLies + partLies + rowLies + crossLies

    private static let frameLies: [CheckpointLie] = [
        CheckpointLie("another magic") { $0.magic[7] = 0 },
        CheckpointLie("a flag nobody knows") { $0.flags = 2 },
        CheckpointLie("a seal that ends before it begins") { $0.seal[0] = 6 },
        CheckpointLie("a seal from 0 to 5") { $0.seal[0] = 0 },
        CheckpointLie("an empty block") { $0.blockLength = 0 },
        CheckpointLie("a block that ends too early") { $0.blockLength = 100 },
        CheckpointLie("a block beyond the limit") {
            $0.blockLength = UInt32(TableLimits.checkpointBlockBytesMax) + 1
        },
        CheckpointLie("the longest block there is") { $0.blockLength = .max },
    ]

    private static let partLies: [CheckpointLie] = [
        CheckpointLie("nobody opened the log") { $0.boots = [] },
        CheckpointLie("a log that nobody opened is closed") {
            $0.seal = [UInt8](repeating: 0, count: 64)
            $0.flags = 1
            ($0.boots, $0.rows, $0.names, $0.inFlight) = ([], [], [], [])
        },
        CheckpointLie("a process at 0") { $0.boots[0] = boot(0) },
        CheckpointLie("a process after the head") { $0.boots[0] = boot(6) },
        CheckpointLie("two processes at once") { $0.boots = [boot(1), boot(1)] },
        CheckpointLie("a route's flag nobody knows") { $0.routes[0][0] = 5 },
        CheckpointLie("a lane's flag nobody knows") { $0.lanes[0][0] = 2 },
        CheckpointLie("a route that nothing uses") { $0.routes.append(idleRoute) },
        CheckpointLie("routes out of order") {
            $0.routes.insert([1] + idleRoute.dropFirst(), at: 0)
        },
        CheckpointLie("a lane that nothing uses") {
            $0.lanes.append(HandMadeCheckpoint.lane(of: 0, gate: "k"))
        },
        CheckpointLie("a route without a name") { $0.routes[0] = [1, 0, 0] },
        CheckpointLie("a route twice") { $0.routes.append($0.routes[0]) },
        CheckpointLie("a lane of a route that is not there") {
            $0.lanes.append(HandMadeCheckpoint.lane(of: 1))
        },
        CheckpointLie("a lane of a route beyond all numbers") {
            $0.lanes[0] = HandMadeCheckpoint.lane(of: .max)
        },
        CheckpointLie("a lane twice") { $0.lanes.append($0.lanes[0]) },
        CheckpointLie("a zone without offsets") { $0.zones = [zone("A", [])] },
        CheckpointLie("a zone that begins late") { $0.zones = [zone("A", [(0, 0)])] },
        CheckpointLie("an offset of 26 hours") { $0.zones = [zone("A", [(.min, 93_600)])] },
        CheckpointLie("a change to the same offset") {
            $0.zones = [zone("A", [(.min, 0), (5, 0)])]
        },
        CheckpointLie("changes out of order") {
            $0.zones = [zone("A", [(.min, 0), (5, 1), (4, 2)])]
        },
        CheckpointLie("a change after all timestamps") {
            $0.zones = [zone("A", [(.min, 0), (1 << 40, 1)])]
        },
        CheckpointLie("a zone that is not UTF-8") { $0.zones = [[1, 0, 0xFF] + zone("", [])] },
        CheckpointLie("a zone whose rules will change") {
            $0.zones = [zone("A", [(.min, 0)], changed: 6)]
        },
        CheckpointLie("a zone that has not changed, at a time") {
            $0.zones = [zone("A", [(.min, 0)], opened: 1)]
        },
        CheckpointLie("zones out of order") {
            $0.zones = [zone("B", [(.min, 0)]), zone("A", [(.min, 0)])]
        },
        CheckpointLie("a zone twice") {
            $0.zones = [zone("A", [(.min, 0)]), zone("A", [(.min, 0)])]
        },
    ]

    private static let rowLies: [CheckpointLie] = [
        CheckpointLie("a generation of 0") { $0.rows[0].generation = 0 },
        CheckpointLie("a generation after its last event") { $0.rows[0].previous = 2 },
        CheckpointLie("an event after the head") { $0.rows[0].previous = 6 },
        CheckpointLie("rows out of order") {
            $0.rows[0].generation = 5; $0.rows[0].previous = 5
        },
        CheckpointLie("a row twice") { $0.rows[1].generation = 3 },
        CheckpointLie("an attempt of 0") { $0.rows[0].attempt = 0 },
        CheckpointLie("more attempts than events") { $0.rows[0].attempt = .max },
        CheckpointLie("a lane that is not there") { $0.rows[0].lane = 1 },
        CheckpointLie("a lane beyond all numbers") { $0.rows[0].lane = .max },
        CheckpointLie("another job's route") {
            $0.rows[0].key = History.job("b", app: "shops").key
        },
        CheckpointLie("a key that is none") { $0.rows[0].key = [1, 2, 3] },
        CheckpointLie("no policy, but its interval") { $0.rows[0].flags &= 0b1_1110_1111 },
        CheckpointLie("a phase nobody knows") { $0.rows[0].phase = [5] },
        CheckpointLie("a schedule that is not there") { $0.rows[1].schedule = 3 },
        CheckpointLie("the last schedule there can be") { $0.rows[1].schedule = .max },
        CheckpointLie("a schedule before there is one") { $0.rows[0].schedule = 2 },
        CheckpointLie("a kind of schedule nobody knows") { $0.rows[0].newSchedule[0] = 4 },
        CheckpointLie("a negative interval") { $0.rows[0].newSchedule[8] = 0x80 },
        CheckpointLie("a second of 60") {
            $0.rows[0].newSchedule = [2] + cron([1 << 60, 1, 1, 2, 2, 1])
        },
        CheckpointLie("an hour of 24") {
            $0.rows[0].newSchedule = [2] + cron([1, 1, 1 << 24, 2, 2, 1])
        },
        CheckpointLie("a day of 0") { $0.rows[0].newSchedule = [2] + cron([1, 1, 1, 1, 2, 1]) },
        CheckpointLie("a month of 13") {
            $0.rows[0].newSchedule = [2] + cron([1, 1, 1, 2, 1 << 13, 1])
        },
        CheckpointLie("an eighth weekday") {
            $0.rows[0].newSchedule = [2] + cron([1, 1, 1, 2, 2, 1 << 7])
        },
        CheckpointLie("a star of 2") {
            $0.rows[0].newSchedule = [2] + cron([1, 1, 1, 2, 2, 1], [0, 2])
        },
        CheckpointLie("a zone without rules") {
            $0.rows[0].newSchedule = [3] + cron([1, 1, 1, 2, 2, 1]) + [1, 0, 0x41]
        },
    ]

    private static let crossLies: [CheckpointLie] = [
        CheckpointLie("names out of order") { $0.names = [3, 4] },
        CheckpointLie("a name twice") { $0.names = [4, 4] },
        CheckpointLie("the name of a job before all others") { $0.names = [4, 2] },
        CheckpointLie("the name of a job after all others") { $0.names = [4, 5] },
        CheckpointLie("the name of the last job there can be") { $0.names = [.max, 3] },
        CheckpointLie("the name of a job between others") {
            $0.rows[1].generation = 5
            $0.inFlight[0].generation = 5
        },
        CheckpointLie("two jobs of one name") { $0.rows[0].key = $0.rows[1].key },
        CheckpointLie("a job in flight without a trigger") { $0.inFlight = [] },
        CheckpointLie("a trigger its job does not wait for") { $0.rows[1].phase = [1] },
        CheckpointLie("a job that waits for another trigger") { $0.inFlight[0].trigger = 4 },
        CheckpointLie("a trigger of a job that waits") { $0.inFlight[0].generation = 3 },
        CheckpointLie("a trigger of a job that is not there") { $0.inFlight[0].generation = 2 },
        CheckpointLie("a trigger after the head") {
            $0.inFlight.append(.init(trigger: 6, generation: 2, endedBy: 7))
        },
        CheckpointLie("a trigger twice") { $0.inFlight.append($0.inFlight[0]) },
        CheckpointLie("triggers out of order") {
            $0.inFlight.append(.init(trigger: 2, generation: 2, endedBy: 3))
        },
        CheckpointLie("a trigger of a lane that is not there") { $0.inFlight[0].lane = 1 },
        CheckpointLie("a trigger of another lane than its job") {
            $0.lanes.append(HandMadeCheckpoint.lane(of: 0, gate: "k"))
            $0.inFlight[0].lane = 1
        },
        CheckpointLie("an ended job that lives") {
            $0.inFlight.insert(.init(trigger: 4, generation: 3, endedBy: 5), at: 0)
        },
        CheckpointLie("a job that ended before its trigger") {
            $0.inFlight.insert(.init(trigger: 3, generation: 2, endedBy: 3), at: 0)
        },
        CheckpointLie("a job that ended after the head") {
            $0.inFlight.insert(.init(trigger: 3, generation: 2, endedBy: 6), at: 0)
        },
    ]
}

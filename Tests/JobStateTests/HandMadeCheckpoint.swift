import EventLog
import JobState
import Jobs

/// A checkpoint built byte by byte according to CheckpointFile.md, in one block and with a matching
/// digest, whatever its contents.
struct HandMadeCheckpoint {
    struct Row {
        var generation: UInt64
        var previous: UInt64
        var fingerprint: UInt64
        var tick: UInt64 = 1
        var due = second(60)
        var countedFrom = second(0)
        var attemptDue = second(60)
        var attempt: UInt32 = 1
        var lane: UInt32 = 0
        var schedule: UInt32
        var breaks: UInt8 = 0
        /// A constant policy with both its numbers, and an interval.
        var flags: UInt16 = 0b1_0111_0000
        var phase: [UInt8]
        var key: [UInt8]
        var policy = bytes(UInt64(1_000_000_000)) + bytes(UInt32(3))
        var newSchedule: [UInt8] = []

        var encoded: [UInt8] {
            let words = [generation, previous, fingerprint, tick, due, countedFrom, attemptDue]
            return words.flatMap { bytes($0) } + bytes(attempt) + bytes(lane) + bytes(schedule)
                + [breaks] + bytes(flags) + phase + bytes(UInt16(key.count)) + key + policy
                + newSchedule
        }
    }

    struct Trigger {
        var trigger: UInt64
        var generation: UInt64
        var endedBy: UInt64 = 0
        var lane: UInt32 = 0

        var encoded: [UInt8] {
            [trigger, generation, second(0), endedBy].flatMap { bytes($0) } + bytes(lane)
                + bytes(UInt32(1))
        }
    }

    var magic = Array("DaybookC".utf8)
    var format: UInt32 = 6
    var flags: UInt32 = 0
    var log = Checkpoints.log.bytes
    var seal: [UInt8]
    var boots: [[UInt8]]
    var routes: [[UInt8]]
    var lanes: [[UInt8]]
    var zones: [[UInt8]] = []
    var clockMoves: [[UInt8]] = []
    var rows: [Row]
    var names: [UInt64]
    var inFlight: [Trigger]
    /// The counts of boots, routes, lanes, zones, jumps of the clock, rows and triggers, where they are false.
    var counts: [UInt64]?
    /// Where it lies about that.
    var blockLength: UInt32?

    var bytes: [UInt8] {
        let counted = [
            boots.count, routes.count, lanes.count, zones.count, clockMoves.count, rows.count,
            inFlight.count,
        ]
        let counts = counts ?? counted.map { UInt64($0) }
        let elements = boots + routes + lanes + zones + clockMoves + rows.map(\.encoded)
        let block =
            elements.flatMap { $0 } + names.flatMap { Self.bytes($0) }
            + inFlight.flatMap(\.encoded)
        var all = magic + Self.bytes(format) + Self.bytes(flags) + log + seal
        all += counts.flatMap { Self.bytes($0) }
        all += Self.bytes(blockLength ?? UInt32(block.count)) + block
        return all + Digest.sha256(all)
    }

    static func bytes<Integer: FixedWidthInteger>(_ integer: Integer) -> [UInt8] {
        (0..<Integer.bitWidth / 8).map { UInt8(truncatingIfNeeded: integer >> Integer($0 * 8)) }
    }

    /// Its jobs have the concurrency key `gate`, or none.
    static func lane(of route: UInt32, gate: String = "") -> [UInt8] {
        [0] + bytes(route) + bytes(UInt16(gate.utf8.count)) + Array(gate.utf8)
    }

    /// The instant this many seconds after the beginning of a history.
    static func second(_ second: Int64) -> UInt64 {
        UInt64(bitPattern: History.at(second).rawValue)
    }
}

extension HandMadeCheckpoint {
    /// A receiver came (2); "b" was created (3), then "a" (4), which is in flight (5).
    static let history = History(
        History.present(), .created(History.definition("b")), .created(History.definition("a")),
        History.triggered(4, after: 4))

    /// The writer's checkpoint of `history`.
    static let truthful: HandMadeCheckpoint = {
        let seal = history.projection.seal
        let fingerprint = { history.projection.row($0)?.fingerprint.rawValue ?? 0 }
        let sealWords = [
            seal.first.rawValue, seal.last.rawValue, UInt64(bitPattern: seal.time.rawValue),
            UInt64(bitPattern: seal.decidedThrough.rawValue),
        ]
        let route = History.job("-").route.key
        return HandMadeCheckpoint(
            seal: sealWords.flatMap { bytes($0) } + seal.digest,
            boots: [
                bytes(UInt64(1)) + bytes(second(0)) + bytes(UInt64(0)) + bytes(UInt64(1))
            ],
            routes: [[1] + bytes(UInt16(route.count)) + route],
            lanes: [lane(of: 0)],
            rows: [
                Row(
                    generation: 3, previous: 3, fingerprint: fingerprint(3), schedule: 1,
                    phase: [1], key: History.job("b").key,
                    newSchedule: [1] + bytes(UInt64(60_000_000_000))),
                Row(
                    generation: 4, previous: 5, fingerprint: fingerprint(4), schedule: 2,
                    phase: [255] + bytes(UInt64(5)), key: History.job("a").key),
            ],
            names: [4, 3], inFlight: [Trigger(trigger: 5, generation: 4)])
    }()
}

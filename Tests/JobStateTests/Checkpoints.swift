import EventLog
import JobState
import Jobs
import TestSupport

/// A projection that was read back, and its seal.
struct ReadCheckpoint {
    let projection: JobProjection
    let seal: Seal
}

// Writing and reading in one go.
extension JobProjection {
    /// The end of a turn whose last record is the head.
    var seal: Seal {
        guard head != .zero else { return .genesis(of: Checkpoints.log) }
        return Seal(
            first: SequenceNumber(max(1, head.rawValue - 1)), last: head, time: History.at(7),
            decidedThrough: History.at(5), digest: Digest.sha256([UInt8(head.rawValue & 0xFF)]))
    }

    /// In the pieces that the writer produces.
    func checkpointPieces(log: LogID = Checkpoints.log) -> [[UInt8]] {
        var writer = CheckpointWriter(self, seal: seal, log: log)
        var pieces: [[UInt8]] = []
        while let piece = writer.next() { pieces.append(piece) }
        return pieces
    }

    func checkpoint(log: LogID = Checkpoints.log) -> [UInt8] {
        checkpointPieces(log: log).flatMap { $0 }
    }
}

enum Checkpoints {
    // Safe because there are 16 bytes.
    static let log = LogID(bytes: [UInt8](0..<16))!
    // Safe because there are 16 bytes.
    static let anotherLog = LogID(bytes: [UInt8](1...16))!

    /// Reads `bytes` in pieces of `size`, or as one.
    static func read(_ bytes: [UInt8], inPiecesOf size: Int? = nil) throws(CheckpointError)
        -> ReadCheckpoint
    {
        var reader = CheckpointReader(of: log)
        for start in stride(from: 0, to: bytes.count, by: size ?? max(1, bytes.count)) {
            try reader.read(Array(bytes[start..<min(bytes.count, start + (size ?? bytes.count))]))
        }
        let (projection, seal) = try reader.finish()
        return ReadCheckpoint(projection: projection, seal: seal)
    }

    /// Why `bytes` are rejected; `nil` if they are not.
    static func refusal(of bytes: [UInt8], inPiecesOf size: Int? = nil) -> CheckpointError? {
        do {
            _ = try read(bytes, inPiecesOf: size)
            return nil
        } catch {
            return error
        }
    }

    /// `bytes` with a matching digest, as only malice or a mistake would produce.
    static func resealed(_ bytes: [UInt8]) -> [UInt8] {
        let end = max(0, bytes.count - 32)
        return bytes[..<end] + Digest.sha256(Array(bytes[..<end]))
    }
}

/// A state with every kind of row, phase, policy, schedule, route and trigger.
enum SampleState {
    static let projection = history.projection

    static let history: History = {
        var history = History(
            .zoneRules(ZoneRules("Test/City", footer: "AAA5")),
            .zoneRules(ZoneRules("Test/Aa", footer: "AAA-1")), History.present(app: "bank"))
        for (number, schedule) in schedules.enumerated() {
            for (other, policy) in policies.enumerated() {
                let id = History.job("s\(number)p\(other)", app: ["shop", "bank"][other % 2])
                history.append(.created(definition(id, schedule, policy, isFull: other == 1)))
            }
        }
        var limited = definition(actor, "@every 1m", .drop, isFull: true)
        limited.concurrencyKey = "k"
        history.append(.created(limited))
        history.append(.created(definition(History.job("once"), nil, .drop, isFull: false)))
        addPhases(to: &history)
        return history
    }()

    private static let schedules: [String?] = [
        "@every 1m", "@every 60s", "@every 0s", "@daily", "0 30 9 * * 1-5", "TZ=Test/City @hourly",
        "CRON_TZ=Test/Aa 0 0 0 ? 2 1", nil,
    ]
    private static let policies: [FailurePolicy] = [
        .standard, .drop, .constant(interval: nil, retriesMax: nil),
        .constant(interval: 5, retriesMax: nil), .constant(interval: nil, retriesMax: 0),
    ]
    // Safe because the parts are letters.
    private static let actor = try! JobID(
        namespace: "default", target: .actor(type: "cat", id: "tom"), name: "é")

    private static func definition(
        _ id: JobID, _ schedule: String?, _ policy: FailurePolicy, isFull: Bool
    ) -> Definition {
        Definition(
            id: id, schedule: schedule, dueTime: nil, ttl: nil, repeats: isFull ? 9 : nil,
            failurePolicy: policy, anchor: History.at(0), firstDue: History.at(60),
            expiry: isFull ? History.at(1_000_000) : nil,
            payload: isFull
                ? PayloadSummary(count: 3, sha256: [UInt8](repeating: 1, count: 32)) : nil,
            caller: History.caller)
    }

    /// Jobs that are in flight, retried, redelivered, broken, on, ended in flight, finished; a second
    /// process.
    private static func addPhases(to history: inout History) {
        func created(_ name: String) -> UInt64 {
            history.append(.created(History.definition(name))).rawValue
        }
        func triggered(_ name: String) -> (generation: UInt64, trigger: UInt64) {
            let generation = created(name)
            let event = History.triggered(generation, after: generation)
            return (generation, history.append(event).rawValue)
        }
        func settled(
            _ name: String, _ outcome: Acknowledgement.Outcome, _ next: (UInt64, Int64)?,
            isBreak: Bool = false
        ) {
            let (generation, trigger) = triggered(name)
            history.append(
                History.acknowledged(
                    trigger, of: generation, after: trigger, outcome, isBreak: isBreak, next: next))
        }
        _ = triggered("flying")
        settled("retried", .failed, (1, 61))
        settled("redelivered", .abandoned, (1, 62))
        settled("broken", .abandoned, (1, 63), isBreak: true)
        settled("on", .succeeded, (2, 120))
        // Due before now, so it is marked as behind its predecessor.
        settled("behind", .succeeded, (2, -120))
        let ended = triggered("ended")
        history.append(History.deleted(ended.generation, after: ended.trigger))
        history.append(History.opening(isAfterCleanClose: false, boot: 2))
        history.append(History.present())
        for key in [nil, "k", "of no job"] { history.append(History.limited(key, to: 2)) }
        settled("finished", .succeeded, nil)
    }
}

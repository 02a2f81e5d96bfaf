import EventLog

/// The result of a verification, passed from the reading process and printed.
struct VerifyReport: Codable {
    /// Whether there is neither damage nor a finding.
    var isClean: Bool { damage == nil && findingCount == 0 }

    /// The log's identity in hexadecimal; `nil` if it could not be read.
    var log: String?
    var created: String?
    /// How many files the log is kept in.
    var segments: Int?
    /// What the log stands on, if its beginning has been removed.
    var base: Base?
    /// The head of the log when the verification began.
    var head: SealDocument?
    /// The turn up to which everything was checked and is sound; `nil` if there is none.
    var trustworthy: Trust?
    var checked = Checked()
    var clock = Clock()
    var checkpoint: CheckpointReport?
    var notedHead: Noted?
    var damage: Damage?
    /// The first findings; `findingCount` counts all.
    var findings: [Finding] = []
    var findingCount = 0

    private static let findingsMax = 100

    mutating func add(_ kind: Finding.Kind, at sequence: SequenceNumber?, _ explanation: String) {
        findingCount += 1
        guard findings.count < Self.findingsMax else { return }
        findings.append(
            Finding(kind: kind, sequence: sequence?.rawValue, explanation: explanation))
    }

    struct Base: Codable {
        /// The last record that is removed.
        var last: UInt64
        /// The time of its turn.
        var time: String
        var digest: String
        /// The record that says that it is removed; `nil` if there is none.
        var recorded: UInt64?
    }

    struct Trust: Codable {
        var last: UInt64
        var digest: String

    }

    /// What was checked, up to the trustworthy turn.
    struct Checked: Codable {
        var turns = 0
        var records = 0
        var recordBytes = 0
        var payloads = 0
        var payloadBytes = 0
    }

    /// What the times of the turns show. Downtimes and silences are what an audit calls so.
    struct Clock: Codable {
        /// Times from the last turn of one writer to the first of the next.
        var downtimes = 0
        var longestDowntimeSeconds: Int64 = 0
        /// Pauses of one writer that are longer than an idle one makes.
        var silences = 0
        var longestSilenceSeconds: Int64 = 0
        /// Number of turns with an earlier time than the one before.
        var setBack = 0
    }

    struct Noted: Codable {
        var digest: String
        /// The record in this log with that head; `nil` if there is none.
        var last: UInt64?

        init(_ noted: NotedHead) { digest = noted.digest.hexadecimal }
    }

    struct Damage: Codable {
        /// The first bad record, if one can be named.
        var sequence: UInt64?
        var detail: String
    }

    struct Finding: Codable {
        enum Kind: String, Codable {
            case baseNotRecorded, checkpointDiffers, checkpointUnusable, headNotFound, sealTime
        }

        var kind: Kind
        var sequence: UInt64?
        var explanation: String
    }
}

/// The checkpoint beside a log.
struct CheckpointReport: Codable {
    enum State: String, Codable {
        case none
        /// It cannot be read or belongs to another log.
        case unusable
        /// The verification ended before its state could be compared.
        case notCompared
        /// Its state and the records after it give the state of the whole log.
        case equal
        case different
    }

    var state: State
    /// Its last record.
    var last: UInt64?
}

/// A report for programs, with `isClean` added.
struct VerifyDocument: Encodable {
    let report: VerifyReport

    private enum CodingKeys: CodingKey { case isClean }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(report.isClean, forKey: .isClean)
    }
}

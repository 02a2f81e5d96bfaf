/// What one turn may hold. The writer splits by these; a log refuses more.
package struct LogLimits: Sendable, Equatable {
    /// Records of one turn.
    package var turnRecordsMax = 1_000
    /// Bytes of one record.
    package var recordBytesMax = 256 << 10
    /// Records and payloads of one turn together. A single larger payload may have a turn to
    /// itself, but for a quarter of this of small things.
    package var turnBytesMax = 8 << 20
    /// Bytes of one payload: the largest message the Scheduler service accepts.
    package var payloadBytesMax = 64 << 20
    /// Records one read returns at most, so that no read keeps old pages alive for long.
    package var readRecordsMax = 10_000

    package init() {}
}

extension LogLimits {
    /// Stops the process if `turn` exceeds the limits. The writer must keep to them; every log
    /// checks.
    package func check(_ turn: borrowing Turn) {
        precondition(!turn.records.isEmpty, "a turn without a record")
        precondition(
            turn.records.count <= turnRecordsMax,
            "turn at \(turn.records.first): \(turn.records.count) records")
        let payloadBytes = turn.payloads.reduce(0) { $0 + $1.bytes.count }
        let recordBytes = turn.records.bytes.count
        let largest = turn.payloads.reduce(0) { max($0, $1.bytes.count) }
        precondition(
            recordBytes + payloadBytes <= turnBytesMax
                || recordBytes + payloadBytes - largest <= turnBytesMax / 4,
            "turn at \(turn.records.first): \(recordBytes + payloadBytes) bytes")
        for index in 0..<turn.records.count {
            precondition(
                turn.records.range(at: index).count <= recordBytesMax,
                "record \(turn.records.sequence(at: index)) is too large")
        }
        for payload in turn.payloads {
            precondition(
                payload.bytes.count <= payloadBytesMax,
                "the payload of \(payload.generation) is too large")
        }
    }
}

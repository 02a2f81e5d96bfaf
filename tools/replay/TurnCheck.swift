import EventLog
import Jobs
import LMDBLog

/// Checks that the log itself cannot make, because it does not know what a job is.
enum TurnCheck {
    /// The records of a turn. Throws `damaged` if one cannot be decoded, or if the stored payloads are not
    /// exactly those of its records.
    static func records(of sealed: SealedTurn) throws(LogError) -> [Record] {
        let batch = sealed.turn.records
        var payloads = sealed.turn.payloads[...]
        var records: [Record] = []
        records.reserveCapacity(batch.count)
        for index in 0..<batch.count {
            let sequence = batch.sequence(at: index)
            let record: Record
            do {
                record = try EventCodec.decode(
                    batch.bytes, in: batch.range(at: index), at: sequence)
            } catch {
                throw .damaged(at: sequence, detail: "\(error)")
            }
            let isNext = payloads.first?.generation == sequence
            try check(isNext ? payloads.removeFirst() : nil, of: record)
            records.append(record)
        }
        return records
    }

    /// Checks what a base keeps: that each record can be decoded, and has its payload.
    static func checkKept(in log: borrowing LMDBReader) throws(LogError) {
        var last = SequenceNumber.zero
        while true {
            let kept = try log.kept(after: last, limit: 1_000)
            guard let end = kept.last else { return }
            for (sequence, bytes) in kept {
                let record = try LogReading.decoded(bytes, sequence)
                let payload = try log.payload(of: sequence)
                try check(
                    payload.map { Turn.Payload(generation: sequence, bytes: $0) }, of: record)
            }
            last = end.sequence
        }
    }

    private static func check(_ stored: Turn.Payload?, of record: Record) throws(LogError) {
        let at = record.sequence
        if case .acknowledged(let answer) = record.event, let digest = answer.error {
            // One that is missing was erased.
            guard stored.map({ ErrorDigest(of: $0.bytes) == digest }) ?? true else {
                throw .damaged(at: at, detail: "its error text is not the one recorded")
            }
            return
        }
        switch (record.event.accepted?.payload, stored) {
        case (nil, nil): break
        case (nil, .some):
            throw .damaged(at: at, detail: "a payload is stored there, but no job has it")
        case (.some, nil):
            throw .damaged(at: at, detail: "its payload is missing")
        case (let summary?, let stored?):
            guard stored.bytes.count == summary.count else {
                throw .damaged(
                    at: at,
                    detail: "its payload has \(stored.bytes.count) bytes, not \(summary.count)")
            }
            guard PayloadSummary(of: stored.bytes) == summary else {
                throw .damaged(at: at, detail: "its payload is not the one accepted")
            }
        }
    }
}

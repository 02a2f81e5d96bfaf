// Bytes of a data directory, and of a file that is imported into one: what a disk, or somebody with
// an editor, can make of them.

import DaprExport
import EventLog
import JobState
import Jobs

enum StoredDoor {
    /// What the bytes are; by the first byte of an input.
    enum Kind: UInt8, CaseIterable {
        /// One event.
        case event
        /// A log from its beginning: each record behind its length, of 16 bits, little endian.
        case history
        /// A checkpoint; its digest is replaced by the one that fits.
        case checkpoint
        /// The same as it is.
        case sealedCheckpoint
        /// A record with its checksum.
        case frame
        /// The rules of a time zone.
        case zone
        /// A payload in its stored form.
        case payload
        /// A file of Dapr's CLI.
        case export
    }

    static func enter(_ input: [UInt8]) throws(Breach) -> Door.Verdict {
        guard let first = input.first, let kind = Kind(rawValue: first) else { return .refused }
        let bytes = Array(input.dropFirst())
        return switch kind {
        case .event: try event(bytes)
        case .history: try history(bytes)
        case .checkpoint: try checkpoint(resealed(bytes))
        case .sealedCheckpoint: try checkpoint(bytes)
        case .frame: try frame(bytes)
        case .zone: try zone(bytes)
        case .payload: try payload(bytes)
        case .export: try export(bytes)
        }
    }

    /// `nil` if it is refused. What is accepted is the one encoding of what it was read as.
    private static func record(
        _ bytes: [UInt8], at sequence: SequenceNumber
    ) throws(Breach) -> Record? {
        let record: Record
        do {
            record = try EventCodec.decode(bytes, in: 0..<bytes.count, at: sequence)
        } catch {
            try Breach.unless(
                error.sequence == sequence && (0...bytes.count).contains(error.offset),
                "refused at byte \(error.offset) of \(bytes.count)")
            return nil
        }
        var encoded: [UInt8] = []
        EventCodec.encode(record, into: &encoded)
        try Breach.unless(encoded == bytes, "\(record) has two encodings")
        return record
    }

    /// At the place that its header names as its generation: an accepted job's own place.
    private static func event(_ bytes: [UInt8]) throws(Breach) -> Door.Verdict {
        let generation = bytes.dropFirst(16).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        return try record(bytes, at: SequenceNumber(generation)) == nil ? .refused : .accepted
    }

    /// The state after every record that fits can be kept; what was undone leaves no trace.
    private static func history(_ bytes: [UInt8]) throws(Breach) -> Door.Verdict {
        var projection = JobProjection()
        var rest = bytes[...]
        while rest.count >= 2, projection.head.rawValue < recordsMax {
            let count = rest.prefix(2).reversed().reduce(0) { $0 << 8 | Int($1) }
            let bytes = Array(rest.dropFirst(2).prefix(count))
            rest = rest.dropFirst(2 + bytes.count)
            guard let record = try record(bytes, at: projection.head.next) else { break }
            var next = projection
            do {
                try next.apply(record)
            } catch {
                try Breach.unless(!error.reason.isEmpty, "refused without words")
                break
            }
            try checkUndoing(record, on: projection)
            projection = next
        }
        try StateLaws.check(projection)
        return projection.head == .zero ? .refused : .accepted
    }

    private static func checkUndoing(
        _ record: Record, on projection: JobProjection
    ) throws(Breach) {
        guard projection.head != .zero else { return }
        var undone = projection
        undone.startJournal()
        do {
            try undone.apply(record)
        } catch {
            throw Breach(description: "refused the second time: \(error)")
        }
        undone.undo(undone.endJournal())
        let seal = StateLaws.seal(of: projection)
        try Breach.unless(
            StateLaws.checkpoint(of: undone, seal) == StateLaws.checkpoint(of: projection, seal),
            "\(record.event) leaves a trace when it is undone")
    }

    /// What is accepted is written as it was read, and read the same byte by byte.
    private static func checkpoint(_ bytes: [UInt8]) throws(Breach) -> Door.Verdict {
        let whole = read(bytes, inPiecesOf: max(1, bytes.count))
        if bytes.count <= bytesReadSingly {
            let singly = read(bytes, inPiecesOf: 1)
            try Breach.unless(
                (singly == nil) == (whole == nil), "byte by byte it is judged otherwise")
        }
        guard let whole else { return .refused }
        try Breach.unless(
            StateLaws.checkpoint(of: whole.projection, whole.seal) == bytes,
            "it is written otherwise than it was read")
        return .accepted
    }

    private static func read(
        _ bytes: [UInt8], inPiecesOf size: Int
    ) -> (projection: JobProjection, seal: Seal)? {
        var reader = CheckpointReader(of: StateLaws.log)
        do {
            for start in stride(from: 0, to: bytes.count, by: size) {
                try reader.read(Array(bytes[start..<min(bytes.count, start + size)]))
            }
            return try reader.finish()
        } catch {
            return nil
        }
    }

    private static func resealed(_ bytes: [UInt8]) -> [UInt8] {
        let covered = Array(bytes.dropLast(Seal.digestSize))
        return covered + Digest.sha256(covered)
    }

    private static func frame(_ bytes: [UInt8]) throws(Breach) -> Door.Verdict {
        let sequence = SequenceNumber(9)
        let opened = bytes.withUnsafeBytes { RecordFrame.open($0, at: sequence).map(Array.init) }
        if let opened {
            let closed = opened.withUnsafeBytes { RecordFrame.close($0, at: sequence) }
            try Breach.unless(closed == bytes, "a record that is stored in two ways")
        }
        let closed = bytes.withUnsafeBytes { RecordFrame.close($0, at: sequence) }
        let same = closed.withUnsafeBytes { RecordFrame.open($0, at: sequence).map(Array.init) }
        try Breach.unless(same == bytes, "a record that cannot be read back")
        return opened == nil ? .refused : .accepted
    }

    /// Periods follow one another from the beginning of time to its end, no two alike.
    private static func zone(_ bytes: [UInt8]) throws(Breach) -> Door.Verdict {
        let table: ZoneTable
        do {
            table = try ZoneTable(tzif: bytes)
        } catch {
            try Breach.unless(!"\(error)".isEmpty, "refused without words")
            return .refused
        }
        try Breach.unless(
            OffsetTimeline(changes: table.timeline.changes) == table.timeline,
            "a timeline that none can have")
        var second = Int64.min
        for _ in table.timeline.changes {
            let period = table.period(at: second)
            try Breach.unless(
                period.start == second && period.end > second, "a period that does not begin")
            second = period.end
        }
        try Breach.unless(second == .max, "periods that end at \(second)")
        return .accepted
    }

    private static func payload(_ bytes: [UInt8]) throws(Breach) -> Door.Verdict {
        guard let payload = Payload(stored: bytes) else { return .refused }
        try Breach.unless(payload.stored == bytes, "a payload that is stored in two ways")
        return .accepted
    }

    /// Every job of the file is moved in, left out or refused, and what is moved in can be stored.
    private static func export(_ bytes: [UInt8]) throws(Breach) -> Door.Verdict {
        let file: ExportFile
        do {
            file = try ExportFile(bytes)
        } catch {
            try Breach.unless(
                (0...bytes.count).contains(error.offset) && !error.reason.isEmpty,
                "refused at byte \(error.offset) of \(bytes.count)")
            return .refused
        }
        let jobs = ExportedJobs(
            in: file, named: "jobs.gob", now: Timestamp(seconds: 1_800_000_000),
            zones: PlanLaws.zones)
        try Breach.unless(
            jobs.moved.count + jobs.finished.count + jobs.refused.count == file.jobs.count,
            "of \(file.jobs.count) jobs some are lost")
        for job in jobs.moved {
            let accepted = Record(
                sequence: SequenceNumber(7), time: .earliest, event: .created(job.definition))
            var encoded: [UInt8] = []
            EventCodec.encode(accepted, into: &encoded)
            let same = try record(encoded, at: accepted.sequence)
            try Breach.unless(same == accepted, "\(accepted) is read as another")
        }
        return .accepted
    }

    private static let recordsMax: UInt64 = 64
    private static let bytesReadSingly = 2_048
}

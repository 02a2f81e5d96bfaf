// Reads a log from its first record to its head and checks everything: checksums, the chain of seals, events,
// their order, payloads, the checkpoint, and a head noted earlier. It ends at the first damage.

import Audit
import EventLog
import JobState
import Jobs
import LMDBLog

struct Verification {
    /// Bytes of records and payloads read at once. If the process dies, at most this much sound data is not
    /// reported as sound.
    private static let pageBytes = 64 << 10
    private var report = VerifyReport()
    private var projection: JobProjection
    private var check: SealCheck
    private var checkpoint: CheckpointCheck
    private let origin: Seal
    private let head: Seal
    /// The last turn that was checked and is sound.
    private var good: Seal
    /// The head noted earlier, if any.
    private let noted: NotedHead?

    /// Verifies the log in `directory`. `onPage` is called with the last sound turn and the head.
    ///
    /// Damage is put in the report. Throws errors that prevent reading.
    static func report(
        on directory: String, noted: NotedHead?, _ onPage: (_ good: Seal, _ head: Seal) -> Void
    ) throws(LogError) -> VerifyReport {
        var report = VerifyReport()
        let log: LMDBReader
        do {
            log = try AnotherProcess.openLog(in: directory)
        } catch .damaged(let sequence, let detail) {
            report.damage = VerifyReport.Damage(sequence: sequence?.rawValue, detail: detail)
            return report
        }
        report.log = log.identity.bytes.hexadecimal
        report.created = log.created.inUTC
        report.segments = log.segmentCount
        do {
            let origin = log.origin()
            let checkpoint = try CheckpointCheck(
                in: directory, of: log.identity, from: origin)
            try TurnCheck.checkKept(in: log)
            if let base = try log.baseDigest() {
                report.base = VerifyReport.Base(
                    last: origin.last.rawValue, time: origin.time.inUTC,
                    digest: base.hexadecimal)
            }
            var verification = Verification(
                report, origin, try JobProjection(atOriginOf: log), checkpoint,
                head: try log.head(), noted: noted)
            try verification.run(over: log, onPage)
            return verification.report
        } catch {
            report.damage = try damage(error)
            return report
        }
    }

    /// The damage, if the error means that the log is damaged; otherwise throws the error.
    private static func damage(_ error: LogError) throws(LogError) -> VerifyReport.Damage {
        switch error {
        case .damaged(let sequence, let detail):
            VerifyReport.Damage(sequence: sequence?.rawValue, detail: detail)
        case .cannotOpen(let detail):
            // The log was open already, so LMDB met a damaged page.
            VerifyReport.Damage(detail: detail)
        case .locked, .superseded, .notStored, .unknownFormat, .broken: throw error
        }
    }

    private init(
        _ report: VerifyReport, _ origin: Seal, _ projection: JobProjection,
        _ checkpoint: CheckpointCheck, head: Seal, noted: NotedHead?
    ) {
        self.report = report
        self.projection = projection
        self.origin = origin
        self.checkpoint = checkpoint
        self.head = head
        self.noted = noted
        good = origin
        check = SealCheck(after: good)
        self.report.head = SealDocument(head)
        self.report.notedHead = noted.map(VerifyReport.Noted.init)
        self.checkpoint.begin(&self.report)
    }

    private mutating func run(
        over log: borrowing LMDBReader, _ onPage: (_ good: Seal, _ head: Seal) -> Void
    ) throws(LogError) {
        do throws(LogError) {
            look(for: good)
            while good.last < head.last {
                let page = try log.turns(
                    after: good, through: head.last, bytes: Verification.pageBytes)
                for turn in page.turns { try take(turn) }
                onPage(good, head)
                if let failure = page.failure { throw failure }
            }
            try conclude(log)
        } catch {
            report.damage = try Verification.damage(error)
        }
        if good.last != .zero {
            report.trustworthy = VerifyReport.Trust(
                last: good.last.rawValue, digest: good.digest.hexadecimal)
        }
    }

    private mutating func take(_ turn: SealedTurn) throws(LogError) {
        try check.add(LogPage(records: turn.turn.records, seals: [turn.seal]))
        let records = try TurnCheck.records(of: turn)
        for record in records {
            do { try projection.apply(record) } catch {
                throw .damaged(
                    at: error.sequence,
                    detail: "it cannot follow what came before: \(error.reason)")
            }
        }
        for case .forgotten(let forgotten) in records.map(\.event) {
            try take(forgotten, in: turn.seal)
        }
        try checkpoint.pass(turn.seal, records)
        checkTimes(of: turn.seal, records)
        report.checked.add(turn)
        good = turn.seal
        look(for: good)
    }

    /// Compares what was recorded when the log's beginning was removed with what it stands on now.
    private mutating func take(_ forgotten: Forgotten, in seal: Seal) throws(LogError) {
        if let noted, noted.digest == forgotten.digest {
            report.notedHead?.last = forgotten.through.rawValue
        }
        guard let base = report.base, forgotten.through == origin.last else { return }
        guard forgotten.digest == origin.digest, forgotten.baseDigest.hexadecimal == base.digest
        else {
            throw .damaged(
                at: origin.last.next,
                detail:
                    "the base there is not the one that the turn of record \(seal.last) names")
        }
        report.base?.recorded = seal.last.rawValue
    }

    private mutating func look(for seal: Seal) {
        if let noted, noted.isOf(seal) { report.notedHead?.last = seal.last.rawValue }
    }

    /// Checks that all records have the time of their turn, and that the turn decided nothing after it.
    private mutating func checkTimes(of seal: Seal, _ records: [Record]) {
        if let record = records.first(where: { $0.time != seal.time }) {
            report.add(
                .sealTime, at: record.sequence,
                "record \(record.sequence) says \(record.time.inUTC), its turn"
                    + " \(seal.time.inUTC)")
        }
        if seal.decidedThrough > seal.time {
            report.add(
                .sealTime, at: seal.last,
                "the turn of record \(seal.last) was taken at \(seal.time.inUTC), but had"
                    + " decided up to \(seal.decidedThrough.inUTC)")
        }
        guard good.last != .zero else { return }
        report.clock.add(records, from: good.time, to: seal.time)
    }

    private mutating func conclude(_ log: borrowing LMDBReader) throws(LogError) {
        try check.finish()
        guard good == head else {
            throw .damaged(at: head.last, detail: "the head is not the seal that stands there")
        }
        if let stray = try log.payloadBehindHead() {
            throw .damaged(at: stray, detail: "a payload is stored there, behind the head")
        }
        try checkpoint.conclude(head, projection, &report)
        if let base = report.base, base.recorded == nil {
            report.add(
                .baseNotRecorded, at: nil,
                "nothing in the log says that the records up to \(base.last) were removed:"
                    + " whoever did it was no scheduler")
        }
        guard let noted, report.notedHead?.last == nil else { return }
        report.add(.headNotFound, at: noted.last, absence(of: noted))
    }

    private func absence(of noted: NotedHead) -> String {
        guard let last = noted.last else {
            return "no turn of this log has the digest \(noted): the log was rewritten, or goes on"
                + " from an older copy, or is another one"
        }
        guard last <= head.last else {
            return "the log ends at record \(head.last), before the noted head \(noted): its end is"
                + " lost, or it is an older copy, or another log"
        }
        return "record \(last) does not end the turn that was noted as \(noted): the log was"
            + " rewritten, or goes on from an older copy, or is another one"
    }
}

extension VerifyReport.Checked {
    fileprivate mutating func add(_ turn: SealedTurn) {
        turns += 1
        records += turn.turn.records.count
        recordBytes += turn.recordBytes
        payloads += turn.turn.payloads.count
        payloadBytes += turn.payloadBytes
    }
}

extension VerifyReport.Clock {
    /// Notes a turn that was taken at `end`, and the time since the one before it.
    fileprivate mutating func add(_ records: [Record], from start: Timestamp, to end: Timestamp) {
        if end < start { setBack += 1 }
        var (isOpened, stop) = (false, end)
        for record in records {
            if case .opened = record.event { isOpened = true }
            // What lies between the two was never lived through.
            if case .clockMoved(let from, _) = record.event { stop = from }
        }
        let nanoseconds = max(0, stop.nanoseconds(since: start))
        let seconds = nanoseconds / Timestamp.nanosecondsPerSecond
        if isOpened {
            downtimes += 1
            longestDowntimeSeconds = max(longestDowntimeSeconds, seconds)
        } else if nanoseconds > AuditLimits.pauseMax {
            silences += 1
            longestSilenceSeconds = max(longestSilenceSeconds, seconds)
        }
    }
}

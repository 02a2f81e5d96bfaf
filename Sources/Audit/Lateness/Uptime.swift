// When a writer ran. A writer is alive as long as it records something; an idle one records a `frontier` every
// ten seconds. Between the last record of one writer and the `opened` of the next nothing can have been
// triggered. A longer pause of one writer is a silence.

import EventLog
import Jobs

struct Uptime {
    /// Shorter absences are not reported: every app is away when a writer starts.
    private static let absenceMin = Duration.seconds(1)

    private let limits: AuditLimits
    /// What ended before is not reported.
    private let from: Timestamp
    private(set) var report = UptimeReport()
    private var writer: WriterSpan?
    private(set) var downtimes = TimeSpans()
    private(set) var silences = TimeSpans()
    /// Jumps of the clock forwards, and its holds.
    private(set) var jumps = TimeSpans()

    init(limits: AuditLimits, from: Timestamp) {
        self.limits = limits
        self.from = from
    }

    /// The last record.
    var seen: LogMoment? { writer?.seen }

    /// Notes a record. For `opened`, `open` is called as well.
    mutating func note(_ record: Record, isBehindGap: Bool) {
        guard let seen = writer?.seen else { return }
        var end = record.time
        if case .opened = record.event { return }
        if case .clockMoved(let from, let to) = record.event {
            jumps.add(from, to)
            end = from
        }
        if !isBehindGap, end.nanoseconds(since: seen.time) > AuditLimits.pauseMax {
            silences.add(seen.time, end)
            let pause = Outage(from: seen, to: LogMoment(sequence: record.sequence, time: end))
            note(pause, \.silences)
        }
        writer?.seen = LogMoment(sequence: record.sequence, time: record.time)
    }

    mutating func open(_ opening: Opening, at record: Record, isAfterClosed: Bool) {
        let moment = LogMoment(sequence: record.sequence, time: record.time)
        if let seen = writer?.seen {
            finish(isAfterClosed ? .closed : .crashed)
            downtimes.add(seen.time, moment.time)
            note(Outage(from: seen, to: moment), \.downtimes)
        }
        writer = WriterSpan(
            bootID: opening.bootID, softwareVersion: opening.softwareVersion, opened: moment,
            seen: moment, end: .endOfLog)
    }

    /// Notes that the clock was held.
    mutating func hold(_ from: Timestamp, _ to: Timestamp) { jumps.add(from, to) }

    /// Notes that an app was away.
    mutating func add(_ absence: Outage) {
        guard absence.length >= Self.absenceMin else { return }
        note(absence, \.absences)
    }

    private mutating func note(_ outage: Outage, _ list: WritableKeyPath<UptimeReport, OutageList>)
    {
        guard outage.to.time >= from else { return }
        report[keyPath: list].add(outage, limit: limits.outagesMax)
    }

    /// The report at the end of the log, closed or not.
    func conclude(isClosed: Bool) -> UptimeReport {
        var ending = self
        ending.finish(isClosed ? .closed : .endOfLog)
        return ending.report
    }

    private mutating func finish(_ end: WriterSpan.End) {
        guard var span = writer, span.seen.time >= from else { return }
        span.end = end
        report.writerCount += 1
        if end == .crashed { report.crashCount += 1 }
        let length = max(0, span.seen.time.nanoseconds(since: max(span.opened.time, from)))
        report.up += .nanoseconds(length)
        if report.writers.count < limits.writersMax { report.writers.append(span) }
    }
}

// Without what was reported: a base's auditor reports what comes after it.
extension Uptime {
    mutating func resume(_ state: inout AuditStateReader) throws(AuditStateError) {
        writer = try state.partIfAny()
        downtimes = try state.part()
        silences = try state.part()
        jumps = try state.part()
    }

    func append(to state: inout AuditStateWriter) {
        state.add(writer)
        state.add(downtimes)
        state.add(silences)
        state.add(jumps)
    }
}

extension WriterSpan: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        bootID = BootID(
            high: UInt64(bitPattern: try state.word()), low: UInt64(bitPattern: try state.word()))
        softwareVersion = try state.text()
        opened = try state.part()
        seen = try state.part()
        end = .endOfLog
    }

    func append(to state: inout AuditStateWriter) {
        state.add(word: Int64(bitPattern: bootID.high))
        state.add(word: Int64(bitPattern: bootID.low))
        state.add(softwareVersion)
        state.add(opened)
        state.add(seen)
    }
}

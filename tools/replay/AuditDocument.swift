import Audit
import EventLog
import Jobs

/// An audit's report for programs. Instants are RFC 3339 texts, records and ticks numbers.
struct AuditDocument: Encodable {
    var isClean: Bool
    /// What was up to there is removed; absent if the log has its beginning.
    var beginsBehind: SealDocument?
    var head: SealDocument?
    var totals: Totals
    var stories: StoryDocument
    var uptime: UptimeDocument
    var findings: [FindingDocument]
    var findingCounts: [String: Int]
    var possibleDuplicates: [PossibleDuplicateDocument]
    var possibleDuplicateCounts: [String: Int]
    var sureDuplicateCount: Int
    var pending: [PendingDocument]
    var pendingCounts: [String: Int]

    init(_ report: AuditReport) {
        isClean = report.isClean
        beginsBehind = report.origin.map(SealDocument.init)
        head = report.head.map(SealDocument.init)
        totals = Totals(report)
        stories = StoryDocument(report.stories)
        uptime = UptimeDocument(report.uptime)
        findings = report.findings.map(FindingDocument.init)
        findingCounts = report.findingCounts.document
        possibleDuplicates = report.possibleDuplicates.map(PossibleDuplicateDocument.init)
        possibleDuplicateCounts = report.possibleDuplicateCounts.document
        sureDuplicateCount = report.sureDuplicateCount
        pending = report.pending.map(PendingDocument.init)
        pendingCounts = report.pendingCounts.document
    }

    struct Totals: Encodable {
        var records, jobsCreated, jobsUpdated, jobsDeleted, jobsLive: Int
        var ticks, ticksRescheduled, triggers, ticksConsumedByNotFound: Int
        var clockHolds, ticksAheadOfClock: Int
        var ticksSkipped: UInt64
        var acknowledgements: [String: Int]

        init(_ report: AuditReport) {
            let totals = report.totals
            records = totals.records
            jobsCreated = totals.jobsCreated
            jobsUpdated = totals.jobsUpdated
            jobsDeleted = totals.jobsDeleted
            jobsLive = report.jobsLive
            ticks = totals.ticks
            ticksSkipped = totals.ticksSkipped
            ticksRescheduled = totals.ticksRescheduled
            triggers = totals.triggers
            acknowledgements = totals.acknowledgements.document
            ticksConsumedByNotFound = totals.ticksConsumedByNotFound
            clockHolds = totals.clockHolds
            ticksAheadOfClock = totals.ticksAheadOfClock
        }
    }
}

struct FindingDocument: Encodable {
    var kind, explanation: String
    var generation, tick: UInt64?
    var job: JobDocument?
    var sequences: [UInt64]

    init(_ finding: Finding) {
        kind = "\(finding.kind)"
        explanation = finding.explanation
        generation = finding.generation?.rawValue
        job = finding.job.map(JobDocument.init)
        tick = finding.tick
        sequences = finding.sequences.map(\.rawValue)
    }
}

struct PossibleDuplicateDocument: Encodable {
    var cause: String
    var generation, tick, again: UInt64
    var first: UInt64?
    var isAllowed, isSure: Bool
    var job: JobDocument

    init(_ duplicate: PossibleDuplicate) {
        cause = "\(duplicate.cause)"
        generation = duplicate.generation.rawValue
        job = JobDocument(duplicate.job)
        tick = duplicate.tick
        first = duplicate.first?.sequence.rawValue
        again = duplicate.again.sequence.rawValue
        isAllowed = duplicate.isAllowed
        isSure = duplicate.isSure
    }
}

struct PendingDocument: Encodable {
    var reason, at: String
    var generation, tick: UInt64
    var trigger: UInt64?
    var job: JobDocument

    init(_ pending: PendingTick) {
        reason = "\(pending.reason)"
        generation = pending.generation.rawValue
        job = JobDocument(pending.job)
        tick = pending.tick
        at = pending.at.inUTC
        trigger = pending.trigger?.sequence.rawValue
    }
}

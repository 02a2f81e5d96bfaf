// The judge of a history. It is a second model of the scheduler, based on the meaning of the events alone:
// it shares only the codec and the tick arithmetic with the code that makes the decisions. Fed record by
// record, it keeps what each live job waits for, what is in flight and which receivers are present, and
// reports every event that does not follow and every tick that should have been triggered and was not.
// After a fault it trusts what the log says next, so that one fault is one finding. It never traps,
// whatever the history.

import EventLog
import Jobs

package struct Audit {
    let limits: AuditLimits
    let scope: AuditScope
    var totals = AuditTotals()
    var findings: Findings
    var duplicates: Duplicates
    var stories: Stories
    var uptime: Uptime

    var generations = NumberTable<Generation>()
    /// The generation that holds each name.
    var names: [JobID: SequenceNumber] = [:]
    var ended: [SequenceNumber: EndedGeneration] = [:]
    /// Triggers in flight, by their sequence number.
    var flights = NumberTable<Flight>()
    /// Timed-out triggers that may still be answered late, with their generations.
    var timedOut: [TriggerID: SequenceNumber] = [:]
    /// Timed-out triggers up to this one have been forgotten.
    var forgottenThrough = SequenceNumber.zero
    var routes = RouteTable()
    var apps = Apps()
    var zones = ZoneHistory()
    var clock = ClockHistory()

    /// Where it began; `nil` is the beginning of the log.
    var origin: Seal?
    /// The last record.
    var last: SequenceNumber?
    /// The record that is being judged.
    var now = LogMoment(sequence: .zero, time: .earliest)
    /// The last record whose time is earlier than that of the record before it.
    var setBack = SequenceNumber.zero
    var isClosed = false
    /// The last `opened`: triggers before it cannot be answered any more.
    var opened = SequenceNumber.zero
    /// Its time.
    var openedAt = Timestamp.earliest
    var openingMoment: LogMoment { LogMoment(sequence: opened, time: openedAt) }
    /// The last trigger.
    var triggered = SequenceNumber.zero
    /// The first record after the last gap. Anything older may have changed in the gap.
    var gap = SequenceNumber.zero
    var head: Seal? { didSet { claim = head.map(RouteLife.Decided.init) } }
    /// What the last seal claims to have decided.
    private(set) var claim: RouteLife.Decided?

    /// Lists triggers that are later than `lateMax`, if given.
    package init(
        limits: AuditLimits = AuditLimits(), lateMax: Duration? = nil,
        scope: AuditScope = AuditScope()
    ) {
        self.limits = limits
        self.scope = scope
        findings = Findings(limit: limits.findingsMax, scope: scope)
        duplicates = Duplicates(limit: limits.possibleDuplicatesMax)
        stories = Stories(lateMax: lateMax, limits: limits)
        uptime = Uptime(limits: limits, from: scope.from)
    }

    /// Whether something that last changed at `sequence` may have changed again in a gap.
    func isExcused(_ sequence: SequenceNumber) -> Bool { sequence < gap }
}

/// The reported findings so far: the first ones are listed, all are counted.
struct Findings {
    private let limit: Int
    private let scope: AuditScope
    /// Time of the record that is being judged.
    var now = Timestamp.earliest
    private(set) var listed: [Finding] = []
    private(set) var counts = Tally<Finding.Kind>()
    /// Number of unexplained events, reported or not.
    private(set) var unexplainedCount = 0

    init(limit: Int, scope: AuditScope) {
        self.limit = limit
        self.scope = scope
    }

    /// `due` is the due time of `tick`; it is needed if `tick` is not the current one of `generation`.
    mutating func add(
        _ kind: Finding.Kind, of generation: Generation? = nil, tick: UInt64? = nil,
        due: Timestamp? = nil, _ sequences: [SequenceNumber],
        _ explanation: @autoclosure () -> String
    ) {
        add(
            kind, of: generation?.number, job: generation?.id, tick: tick,
            due: tick == nil ? nil : due ?? generation?.due, sequences, explanation())
    }

    /// Without `due` the finding counts as of the record that is being judged.
    mutating func add(
        _ kind: Finding.Kind, of generation: SequenceNumber?, job: JobID?, tick: UInt64? = nil,
        due: Timestamp? = nil, _ sequences: [SequenceNumber],
        _ explanation: @autoclosure () -> String
    ) {
        if kind == .unexplained { unexplainedCount += 1 }
        guard (due ?? now) >= scope.from, job.map(scope.selects) ?? true else { return }
        counts.add(kind)
        guard listed.count < limit else { return }
        listed.append(
            Finding(
                kind: kind, generation: generation, job: job, tick: tick,
                sequences: Set(sequences).sorted(), explanation: explanation()))
    }
}

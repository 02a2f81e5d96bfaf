// The judge of a history. It is a second model of the scheduler, written from the meaning of the
// events alone: it shares with the code that decided only the codec and the tick arithmetic. Fed
// record by record it keeps what each live job waits for, what is in flight and who is listening,
// and reports every event that does not follow and every tick that should have been triggered and
// was not. After a fault it believes what the log says next, so that one fault is one finding. It
// never traps on any history.

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
    /// By trigger.
    var flights = NumberTable<Flight>()
    /// Timed-out triggers that may still be answered late, with their generations.
    var timedOut: [TriggerID: SequenceNumber] = [:]
    /// Timed-out triggers up to here are no longer remembered.
    var forgottenThrough = SequenceNumber.zero
    var routes = RouteTable()
    var apps = Apps()
    var zones = ZoneHistory()

    /// The last record.
    var last: SequenceNumber?
    /// The record that is judged.
    var now = LogMoment(sequence: .zero, time: .earliest)
    /// The last record whose clock was behind that of the record before it.
    var setBack = SequenceNumber.zero
    var isClosed = false
    /// The last `opened`: triggers before it have nobody left who could answer.
    var opened = SequenceNumber.zero
    /// When that was.
    var openedAt = Timestamp.earliest
    var openingMoment: LogMoment { LogMoment(sequence: opened, time: openedAt) }
    /// The last trigger.
    var triggered = SequenceNumber.zero
    /// The record behind the last gap. What is older may have changed in the gap.
    var gap = SequenceNumber.zero
    var head: Seal? { didSet { claim = head.map(RouteLife.Decided.init) } }
    /// What the head claims.
    private(set) var claim: RouteLife.Decided?

    /// Lists triggers later than `lateMax`, if that is given.
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

    /// Whether something that changed last at `sequence` may have changed again in a gap.
    func isExcused(_ sequence: SequenceNumber) -> Bool { sequence < gap }
}

/// The findings so far that are reported: the first ones whole, all of them counted.
struct Findings {
    private let limit: Int
    private let scope: AuditScope
    /// Of the record that is judged.
    var now = Timestamp.earliest
    private(set) var listed: [Finding] = []
    private(set) var counts = Tally<Finding.Kind>()
    /// Of all events that nothing before them explains, reported or not.
    private(set) var unexplainedCount = 0

    init(limit: Int, scope: AuditScope) {
        self.limit = limit
        self.scope = scope
    }

    /// `due` is that of `tick`, if it is not the one that `generation` is at.
    mutating func add(
        _ kind: Finding.Kind, of generation: Generation? = nil, tick: UInt64? = nil,
        due: Timestamp? = nil, _ sequences: [SequenceNumber],
        _ explanation: @autoclosure () -> String
    ) {
        add(
            kind, of: generation?.number, job: generation?.id, tick: tick,
            due: tick == nil ? nil : due ?? generation?.due, sequences, explanation())
    }

    /// Without `due` it is about the record that is judged.
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

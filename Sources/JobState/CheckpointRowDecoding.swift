// Decodes the rows of a checkpoint. A schedule is stored with the first row that has it; later rows
// refer to it, so that all share one value again.

import EventLog
import Jobs

struct CheckpointRowDecoder {
    /// Schedules by their places.
    private var schedules: [Schedule] = []

    /// Reads the rest of a row after its generation.
    mutating func row(_ cursor: inout CheckpointCursor) throws(CheckpointError) -> JobRow {
        let previous = try cursor.sequenceNumber("a row")
        let fingerprint = Fingerprint(rawValue: try cursor.word64("a row"))
        let number = try cursor.word64("a row")
        let due = try cursor.timestamp("a row")
        let countedFrom = try cursor.timestamp("a row")
        let attemptDue = try cursor.timestamp("a row")
        let attempt = try cursor.word32("a row")
        let lane = LaneIndex(try cursor.index("a row"))
        let referencePlace = cursor.place
        let reference = try cursor.word32("a row")
        let breaks = try cursor.byte("a row")
        let flags = try Self.flags(&cursor)
        let phase = try Self.phase(&cursor)
        let keyPlace = cursor.place
        guard let id = JobID(key: try cursor.shortBytes("a job's key")) else {
            throw .damaged(at: keyPlace, reason: "a job's key is no key")
        }
        let repeats = flags.contains(.repeats) ? try cursor.word32("a row") : nil
        let expiry = flags.contains(.expiry) ? try cursor.timestamp("a row") : nil
        let failurePolicy = try Self.failurePolicy(flags, &cursor)
        let schedule = try schedule(reference, at: referencePlace, &cursor)
        var tick = Tick(
            number: number, due: due, countedFrom: countedFrom,
            isBehindPredecessor: flags.contains(.behindPredecessor))
        tick.attemptDue = attemptDue
        tick.attempt = attempt
        tick.breaks = breaks
        tick.phase = phase
        return JobRow(
            id: id, lane: lane,
            rule: TickRule(schedule: schedule, repeats: repeats, expiry: expiry),
            failurePolicy: failurePolicy, fingerprint: fingerprint,
            hasPayload: flags.contains(.payload), hasMetadata: flags.contains(.metadata),
            isDueAfterSpan: flags.contains(.dueAfterSpan),
            isExpiringAfterSpan: flags.contains(.expiringAfterSpan),
            isFailing: flags.contains(.failing), tick: tick, previous: previous)
    }

    private static func flags(_ cursor: inout CheckpointCursor) throws(CheckpointError)
        -> CheckpointRowFlags
    {
        let place = cursor.place
        let flags = CheckpointRowFlags(rawValue: try cursor.word16("a row"))
        guard flags.isSubset(of: .all),
            flags.contains(.constant) || flags.isDisjoint(with: [.retryInterval, .retriesMax])
        else {
            throw .damaged(at: place, reason: "a row's flags cannot be \(flags.rawValue)")
        }
        return flags
    }

    private static func phase(_ cursor: inout CheckpointCursor) throws(CheckpointError)
        -> Tick.Phase
    {
        let place = cursor.place
        let phase = try cursor.byte("a row")
        if phase == CheckpointPhase.finished { return .finished }
        if phase == CheckpointPhase.inFlight {
            return .inFlight(TriggerID(try cursor.sequenceNumber("a row")))
        }
        guard let cause = Trigger.Cause(rawValue: phase) else {
            throw .damaged(at: place, reason: "a phase cannot be \(phase)")
        }
        return .waiting(cause)
    }

    private static func failurePolicy(
        _ flags: CheckpointRowFlags, _ cursor: inout CheckpointCursor
    ) throws(CheckpointError) -> FailurePolicy {
        guard flags.contains(.constant) else { return .drop }
        let interval = flags.contains(.retryInterval) ? try cursor.number("a row") : nil
        let retriesMax = flags.contains(.retriesMax) ? try cursor.word32("a row") : nil
        return .constant(interval: interval, retriesMax: retriesMax)
    }

    private mutating func schedule(
        _ reference: UInt32, at place: Int, _ cursor: inout CheckpointCursor
    ) throws(CheckpointError) -> Schedule? {
        if reference == CheckpointScheduleReference.none { return nil }
        if reference == CheckpointScheduleReference.new {
            let schedule = try Self.newSchedule(&cursor)
            if schedules.count >= TableLimits.checkpointSchedulesMax { schedules.removeAll() }
            schedules.append(schedule)
            return schedule
        }
        let index = Int(reference - CheckpointScheduleReference.first)
        guard index < schedules.count else {
            throw .damaged(at: place, reason: "schedule \(index) of \(schedules.count)")
        }
        return schedules[index]
    }

    private static func newSchedule(_ cursor: inout CheckpointCursor) throws(CheckpointError)
        -> Schedule
    {
        let place = cursor.place
        let number = try cursor.byte("a schedule")
        guard let kind = CheckpointScheduleKind(rawValue: number) else {
            throw .damaged(at: place, reason: "a schedule's kind cannot be \(number)")
        }
        switch kind {
        case .every:
            let nanoseconds = try cursor.number("a schedule")
            guard nanoseconds >= 0 else {
                throw .damaged(at: place, reason: "an interval cannot be \(nanoseconds) ns")
            }
            return .every(nanoseconds: nanoseconds)
        case .cron: return .cron(try expression(&cursor), zone: nil)
        case .zonedCron:
            return .cron(try expression(&cursor), zone: try cursor.text("a schedule's zone"))
        }
    }

    private static func expression(_ cursor: inout CheckpointCursor) throws(CheckpointError)
        -> CronExpression
    {
        let place = cursor.place
        func set() throws(CheckpointError) -> UInt64 { try cursor.word64("a schedule") }
        let (seconds, minutes, hours) = (try set(), try set(), try set())
        let (daysOfMonth, months, daysOfWeek) = (try set(), try set(), try set())
        let stars = (try cursor.byte("a schedule"), try cursor.byte("a schedule"))
        let expression = CronExpression(
            CronExpression.Parts(
                seconds: seconds, minutes: minutes, hours: hours, daysOfMonth: daysOfMonth,
                months: months, daysOfWeek: daysOfWeek, isDayOfMonthStar: stars.0 == 1,
                isDayOfWeekStar: stars.1 == 1))
        guard let expression, stars.0 <= 1, stars.1 <= 1 else {
            throw .damaged(at: place, reason: "no cron expression has these sets")
        }
        return expression
    }
}

extension CheckpointCursor {
    /// The place of a route or lane.
    mutating func index(_ field: StaticString) throws(CheckpointError) -> Int {
        let place = place
        let index = try word32(field)
        guard index <= UInt32(Int32.max) else {
            throw .damaged(at: place, reason: "a route's or lane's place cannot be \(index)")
        }
        return Int(index)
    }
}

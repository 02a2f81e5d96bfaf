// Encodes the elements of a checkpoint.

import EventLog
import Jobs

struct CheckpointEncoder {
    let order: LaneOrder
    /// The places of the schedules written last. Never iterated, so its order does not matter.
    private var places: [Schedule: UInt32] = [:]

    init(_ order: LaneOrder) { self.order = order }

    func append(_ boot: Boot, to bytes: inout [UInt8]) {
        bytes.append(
            memoryOf: (
                boot.opened.rawValue.littleEndian,
                UInt64(bitPattern: boot.time.rawValue).littleEndian,
                boot.bootID.high.littleEndian, boot.bootID.low.littleEndian
            ))
    }

    func append(_ route: Route, to bytes: inout [UInt8]) {
        bytes.append((route.isPresent ? 1 : 0) | (route.isLimited ? 2 : 0))
        bytes.append(short: route.key.key)
    }

    func append(_ lane: Lane, to bytes: inout [UInt8]) {
        bytes.append(lane.isLimited ? 1 : 0)
        bytes.append(memoryOf: UInt32(lane.key.route.rawValue).littleEndian)
        bytes.append(short: (lane.key.gate ?? "").utf8)
    }

    func append(
        _ zone: String, _ table: ZoneTable, _ change: ZoneChange?,
        to bytes: inout [UInt8]
    ) {
        bytes.append(short: zone.utf8)
        bytes.append(
            memoryOf: (
                (change?.sequence ?? .zero).rawValue.littleEndian,
                UInt64(bitPattern: change?.opened.rawValue ?? 0).littleEndian
            ))
        bytes.append(memoryOf: UInt32(table.timeline.changes.count).littleEndian)
        for change in table.timeline.changes {
            bytes.append(memoryOf: change.start.littleEndian)
            bytes.append(memoryOf: change.offset.littleEndian)
        }
    }

    func append(_ move: ClockMove, to bytes: inout [UInt8]) {
        bytes.append(
            memoryOf: (
                move.sequence.rawValue.littleEndian,
                UInt64(bitPattern: move.from.rawValue).littleEndian,
                UInt64(bitPattern: move.to.rawValue).littleEndian
            ))
    }

    mutating func append(_ generation: SequenceNumber, _ row: JobRow, to bytes: inout [UInt8]) {
        let tick = row.tick
        bytes.append(
            memoryOf: (
                generation.rawValue.littleEndian, row.previous.rawValue.littleEndian,
                row.fingerprint.rawValue.littleEndian, tick.number.littleEndian,
                UInt64(bitPattern: tick.due.rawValue).littleEndian,
                UInt64(bitPattern: tick.countedFrom.rawValue).littleEndian,
                UInt64(bitPattern: tick.attemptDue.rawValue).littleEndian
            ))
        let (reference, newSchedule) = refer(to: row.rule.schedule)
        bytes.append(
            memoryOf: (
                tick.attempt.littleEndian, number(of: row.lane).littleEndian,
                reference.littleEndian
            ))
        bytes.append(tick.breaks)
        bytes.append(memoryOf: Self.flags(of: row).rawValue.littleEndian)
        append(tick.phase, to: &bytes)
        bytes.append(short: row.id.key)
        if let repeats = row.rule.repeats { bytes.append(memoryOf: repeats.littleEndian) }
        if let expiry = row.rule.expiry { bytes.append(memoryOf: expiry.rawValue.littleEndian) }
        if case .constant(let interval, let retriesMax) = row.failurePolicy {
            if let interval { bytes.append(memoryOf: interval.littleEndian) }
            if let retriesMax { bytes.append(memoryOf: retriesMax.littleEndian) }
        }
        if let newSchedule { append(newSchedule, to: &bytes) }
    }

    /// Appends the live generation of a name.
    func append(_ generation: SequenceNumber, to bytes: inout [UInt8]) {
        bytes.append(memoryOf: generation.rawValue.littleEndian)
    }

    func append(_ trigger: TriggerID, _ entry: InFlightTrigger, to bytes: inout [UInt8]) {
        bytes.append(
            memoryOf: (
                trigger.sequence.rawValue.littleEndian, entry.generation.rawValue.littleEndian,
                UInt64(bitPattern: entry.triggeredAt.rawValue).littleEndian,
                (entry.endedBy ?? .zero).rawValue.littleEndian
            ))
        bytes.append(
            memoryOf: (
                number(of: entry.lane).littleEndian, entry.receiver.rawValue.littleEndian
            ))
    }

    private func number(of lane: LaneIndex) -> UInt32 { UInt32(order.place(of: lane).rawValue) }

    private static func flags(of row: JobRow) -> CheckpointRowFlags {
        var flags: CheckpointRowFlags = []
        if row.hasPayload { flags.insert(.payload) }
        if row.hasMetadata { flags.insert(.metadata) }
        if row.isDueAfterSpan { flags.insert(.dueAfterSpan) }
        if row.isExpiringAfterSpan { flags.insert(.expiringAfterSpan) }
        if row.isFailing { flags.insert(.failing) }
        if row.tick.isBehindPredecessor { flags.insert(.behindPredecessor) }
        if row.rule.repeats != nil { flags.insert(.repeats) }
        if row.rule.expiry != nil { flags.insert(.expiry) }
        if case .constant(let interval, let retriesMax) = row.failurePolicy {
            flags.insert(.constant)
            if interval != nil { flags.insert(.retryInterval) }
            if retriesMax != nil { flags.insert(.retriesMax) }
        }
        return flags
    }

    private func append(_ phase: Tick.Phase, to bytes: inout [UInt8]) {
        switch phase {
        case .finished: bytes.append(CheckpointPhase.finished)
        case .waiting(let cause): bytes.append(cause.rawValue)
        case .inFlight(let trigger):
            bytes.append(CheckpointPhase.inFlight)
            bytes.append(memoryOf: trigger.sequence.rawValue.littleEndian)
        }
    }

    /// The reference to `schedule`, and the schedule itself if it has to be written with the row.
    private mutating func refer(to schedule: Schedule?) -> (UInt32, new: Schedule?) {
        guard let schedule else { return (CheckpointScheduleReference.none, nil) }
        if let place = places[schedule] {
            return (CheckpointScheduleReference.first + place, nil)
        }
        // The reader empties its list at the same row.
        if places.count >= TableLimits.checkpointSchedulesMax {
            places.removeAll(keepingCapacity: true)
        }
        places[schedule] = UInt32(places.count)
        return (CheckpointScheduleReference.new, schedule)
    }

    private func append(_ schedule: Schedule, to bytes: inout [UInt8]) {
        switch schedule {
        case .every(let nanoseconds):
            bytes.append(CheckpointScheduleKind.every.rawValue)
            bytes.append(memoryOf: nanoseconds.littleEndian)
        case .cron(let expression, nil):
            bytes.append(CheckpointScheduleKind.cron.rawValue)
            append(expression.parts, to: &bytes)
        case .cron(let expression, let zone?):
            bytes.append(CheckpointScheduleKind.zonedCron.rawValue)
            append(expression.parts, to: &bytes)
            bytes.append(short: zone.utf8)
        }
    }

    private func append(_ parts: CronExpression.Parts, to bytes: inout [UInt8]) {
        bytes.append(
            memoryOf: (
                parts.seconds.littleEndian, parts.minutes.littleEndian, parts.hours.littleEndian,
                parts.daysOfMonth.littleEndian, parts.months.littleEndian,
                parts.daysOfWeek.littleEndian
            ))
        bytes.append(parts.isDayOfMonthStar ? 1 : 0)
        bytes.append(parts.isDayOfWeekStar ? 1 : 0)
    }
}

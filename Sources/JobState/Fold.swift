// The fold: applies one record to the projection. It does not repeat how events are decided; it
// checks that the event can follow the earlier ones. An impossible history is an error, never a
// guess.

package import EventLog
package import Jobs

/// A record that cannot follow the earlier ones.
package struct CorruptHistory: Error, Equatable, Sendable {
    package let sequence: SequenceNumber
    package let reason: String
}

extension JobProjection {
    /// Applies the next record. After a throw the projection must not be used: the log holds an
    /// impossible history.
    package mutating func apply(_ record: Record) throws(CorruptHistory) {
        let sequence = record.sequence
        guard sequence == head.next else {
            throw CorruptHistory(sequence: sequence, reason: "it should be \(head.next)")
        }
        if boots.isEmpty || isClosed {
            guard case .opened = record.event else {
                throw CorruptHistory(sequence: sequence, reason: "no process is the writer")
            }
        }
        switch record.event {
        case .opened(let opening): try open(opening, record)
        case .closed: isClosed = true
        case .created(let definition):
            let id = definition.id.compact
            guard setName(id, sequence) == nil else {
                throw CorruptHistory(sequence: sequence, reason: "the name is taken")
            }
            try accept(definition, as: id, record)
        case .updated(let definition, let previous):
            guard let replaced = names[definition.id] else {
                throw CorruptHistory(sequence: sequence, reason: "no job to replace")
            }
            try end(replaced, by: sequence, previous: previous)
            let id = definition.id.compact
            setName(id, sequence)
            try accept(definition, as: id, record)
        case .deleted(let deletion):
            try end(
                deletion.generation, by: sequence, previous: deletion.previous,
                isFinished: deletion.reason.isOfFinishedJob)
        case .deletedByPrefix(let deletion): try endAll(deletion, sequence)
        case .rescheduled(let change):
            try changeRow(change.generation, previous: change.previous, sequence) { row in
                row.reschedule(change)
            }
        case .receiverPresent(let presence):
            try setPresence(of: presence.route, to: true, sequence)
        case .receiverAbsent(let presence):
            try setPresence(of: presence.route, to: false, sequence)
        case .triggered(let trigger): try run(trigger, record)
        case .acknowledged(let acknowledgement): try settle(acknowledgement, record)
        case .skipped(let skip):
            try changeRow(skip.generation, previous: skip.previous, sequence) { row in
                row.skip(skip, at: record.time)
            }
        case .zoneRules(let rules): try setRules(rules, sequence)
        case .concurrencyLimited(let limit): setLimit(limit)
        case .clockMoved(let from, let to): note(ClockMove(sequence: sequence, from: from, to: to))
        case .frontier, .clockHeld, .clockReleased, .forgotten: break
        }
        laneTable.giveUpIdle()
        head = sequence
    }

    private mutating func setLimit(_ limit: ConcurrencyLimit) {
        let isLimited = limit.inFlightMax != nil
        if let key = limit.concurrencyKey {
            laneTable.setLimited(register(limit.route, gate: key), isLimited)
        } else {
            laneTable.setLimited(register(limit.route), isLimited)
        }
    }

    private mutating func note(_ move: ClockMove) {
        if clockMoves.count == TableLimits.clockMovesMax { clockMoves.removeFirst() }
        clockMoves.append(move)
    }

    private mutating func setRules(_ rules: ZoneRules, _ sequence: SequenceNumber)
        throws(CorruptHistory)
    {
        do {
            let table = try rules.table()
            let opened = boots.last?.time ?? .earliest
            let change = zones[rules.zone].map { _ in
                ZoneChange(sequence: sequence, opened: opened)
            }
            setZone(rules.zone, table, change)
        } catch {
            throw CorruptHistory(sequence: sequence, reason: "\(error)")
        }
    }

    private mutating func open(_ opening: Opening, _ record: Record) throws(CorruptHistory) {
        let sequence = record.sequence
        guard opening.isAfterCleanClose == (boots.isEmpty || isClosed) else {
            throw CorruptHistory(
                sequence: sequence,
                reason: "the last writer did \(isClosed ? "" : "not ")close, but it says otherwise")
        }
        boots.append(Boot(opened: sequence, time: record.time, bootID: opening.bootID))
        isClosed = false
        laneTable.endPresence()
    }

    private mutating func accept(_ definition: Definition, as id: JobID, _ record: Record)
        throws(CorruptHistory)
    {
        let sequence = record.sequence
        let schedule: Schedule?
        do throws(InvalidField) {
            schedule = if let text = definition.schedule { try self.schedule(text) } else { nil }
        } catch {
            throw CorruptHistory(
                sequence: sequence, reason: "its \(error.field) cannot be read: \(error.reason)")
        }
        if let zone = schedule?.zone, zones[zone] == nil {
            throw CorruptHistory(
                sequence: sequence, reason: "no rules of its zone \(zone) precede it")
        }
        let rule = TickRule(
            schedule: schedule, repeats: definition.repeats, expiry: definition.expiry)
        let row = JobRow(
            id: id, lane: register(id.route, gate: definition.gateKey),
            rule: rule,
            failurePolicy: definition.failurePolicy, fingerprint: definition.fingerprint,
            hasPayload: definition.payload != nil,
            hasMetadata: definition.submittedAppID != nil || definition.concurrencyKey != nil,
            isDueAfterSpan: definition.isDueAfterSpan(schedule),
            isExpiringAfterSpan: definition.isExpiringAfterSpan,
            tick: definition.firstDue.map {
                Tick(
                    number: definition.firstTick, due: $0, countedFrom: definition.countedFrom)
            } ?? .none(at: definition.anchor),
            previous: sequence)
        setRow(sequence, row)
    }

    /// Ends a generation: removes its row; a trigger in flight stays, with the event that ended its
    /// job.
    private mutating func end(
        _ generation: SequenceNumber, by sequence: SequenceNumber, previous: SequenceNumber?,
        isFinished: Bool = false
    ) throws(CorruptHistory) {
        guard !isEnded(generation), let row = setRow(generation, nil) else {
            throw CorruptHistory(sequence: sequence, reason: "\(generation) is no live job")
        }
        if let previous, previous != row.previous {
            throw CorruptHistory(
                sequence: sequence,
                reason: "its previous event is \(row.previous), not \(previous)")
        }
        guard (row.tick.phase == .finished) == isFinished else {
            throw CorruptHistory(
                sequence: sequence,
                reason: "\(generation) has \(isFinished ? "ticks" : "no tick") left to run")
        }
        if case .inFlight(let trigger) = row.tick.phase, var entry = inFlight[trigger] {
            entry.endedBy = sequence
            setInFlight(trigger, entry)
        }
        setName(row.id, nil)
    }

    private mutating func endAll(_ deletion: PrefixDeletion, _ sequence: SequenceNumber)
        throws(CorruptHistory)
    {
        let count = count(withKeyPrefix: deletion.keyPrefix)
        guard UInt64(count) == deletion.count else {
            throw CorruptHistory(
                sequence: sequence, reason: "\(count) jobs match, not \(deletion.count)")
        }
        if let generation = finishedJob(withKeyPrefix: deletion.keyPrefix) {
            throw CorruptHistory(
                sequence: sequence, reason: "\(generation) has no tick left to run")
        }
        endAll(withKeyPrefix: deletion.keyPrefix, by: sequence)
    }

    private mutating func setPresence(
        of key: RouteKey, to isPresent: Bool, _ sequence: SequenceNumber
    ) throws(CorruptHistory) {
        let route = register(key)
        guard laneTable.routes[route].isPresent != isPresent else {
            throw CorruptHistory(
                sequence: sequence,
                reason: "the receiver is \(isPresent ? "present" : "absent") already")
        }
        laneTable.setPresent(route, isPresent)
    }

    private mutating func run(_ trigger: Trigger, _ record: Record) throws(CorruptHistory) {
        let identity = TriggerID(record.sequence)
        let lane = try changeRow(
            trigger.generation, previous: trigger.previous, record.sequence
        ) { row in
            guard case .waiting(trigger.cause) = row.tick.phase, row.tick.number == trigger.tick,
                row.tick.due == trigger.due, row.tick.attempt == trigger.attempt
            else { return false }
            row.tick.phase = .inFlight(identity)
            return true
        }
        setInFlight(
            identity,
            InFlightTrigger(
                generation: trigger.generation, lane: lane, receiver: trigger.receiver,
                triggeredAt: record.time))
    }

    private mutating func settle(_ acknowledgement: Acknowledgement, _ record: Record)
        throws(CorruptHistory)
    {
        let sequence = record.sequence
        guard let entry = setInFlight(acknowledgement.trigger, nil),
            entry.generation == acknowledgement.generation
        else {
            throw CorruptHistory(sequence: sequence, reason: "its trigger is not in flight")
        }
        if let end = entry.endedBy {
            guard acknowledgement.next == nil, acknowledgement.previous == end,
                acknowledgement.outcome.canFollowTheEnd
            else {
                throw CorruptHistory(sequence: sequence, reason: "its job ended at \(end)")
            }
            return
        }
        try changeRow(acknowledgement.generation, previous: acknowledgement.previous, sequence) {
            row in row.settle(acknowledgement, at: record.time)
        }
    }

    @discardableResult
    private mutating func changeRow(
        _ generation: SequenceNumber, previous: SequenceNumber, _ sequence: SequenceNumber,
        _ change: (inout JobRow) -> Bool
    ) throws(CorruptHistory) -> LaneIndex {
        let lane =
            try isEnded(generation)
            ? nil
            : updateRow(generation) { row throws(CorruptHistory) in
                guard row.previous == previous else {
                    throw CorruptHistory(
                        sequence: sequence,
                        reason: "its previous event is \(row.previous), not \(previous)")
                }
                guard change(&row) else {
                    throw CorruptHistory(
                        sequence: sequence, reason: "the job is not in the phase this event needs")
                }
                row.previous = sequence
            }
        guard let lane else {
            throw CorruptHistory(sequence: sequence, reason: "\(generation) is no live job")
        }
        return lane
    }
}

// The only place where decisions are made. A step takes the inputs that arrived and the current time,
// and returns what to make durable, what to reply and what to send. It reads no clock, does no I/O and
// draws no random numbers: the same log followed by the same inputs gives the same effects.

package import EventLog
import JobState
package import Jobs

extension SchedulerStateMachine {
    /// The first step of a process that has become the writer: there are no receivers, and what was in
    /// flight will be sent again. `changedRules` are the rules of known zones that differ from the log's.
    package mutating func open(
        bootID: BootID, softwareVersion: String, changedRules: [ZoneRules], now: Timestamp
    ) -> Effects {
        var effects = Effects()
        begin(now)
        let isClean = projection.isClosed || projection.head == .zero
        emit(
            .opened(
                Opening(
                    bootID: bootID, softwareVersion: softwareVersion,
                    logFormat: EventCodec.format, isAfterCleanClose: isClean)),
            now, &effects)
        volatile.opened = Moment(sequence: projection.head, time: now)
        volatile.orphans = projection.inFlightTriggers { _ in true }
        volatile.changedRules = changedRules
        let hasChanges =
            !changedRules.isEmpty || !projection.zoneChanges.isEmpty
            || !projection.clockMoves.isEmpty
        volatile.rescheduleStart = hasChanges ? .zero : nil
        reschedule(reserved: 0, now, &effects)
        finish(&effects, now)
        return effects
    }

    /// Takes a turn. Order: the clock, answers and receivers, triggers that cannot be answered any more,
    /// changed zone rules, due ticks, commands.
    package mutating func step(_ inputs: [Input], now: Timestamp) -> Effects {
        var effects = Effects()
        begin(now)
        var commands: [(Command, ReplyToken)] = []
        var isClosing = false
        for case .clock(let change) in inputs { note(change, now, &effects) }
        var hasDeferredArrival = false
        for input in inputs {
            switch input {
            case .command(let command, let token): commands.append((command, token))
            case .clock: break
            case .space(let space): volatile.space = space
            case .stop: volatile.isStopping = true
            case .close: isClosing = true
            case .answer, .receiverPresent, .receiverAbsent, .limitPresent, .limitAbsent:
                // What ends an arrival must not overtake it.
                let waits = hasDeferredArrival && input.isDeparture
                let reserved = input.isArrival ? TurnLimits.ticksReserved : 0
                if !waits, hasRoom(effects, reserved: reserved) {
                    take(input, now, &effects)
                } else {
                    hasDeferredArrival = hasDeferredArrival || input.isArrival
                    effects.deferred.append(input)
                }
            }
        }
        settleOrphans(now, &effects)
        let reserved = min(commands.count, TurnLimits.commandsReserved)
        reschedule(reserved: reserved, now, &effects)
        triggerDueTicks(reserved: reserved, now, &effects)
        decide(commands, now, &effects)
        if isClosing {
            emit(.closed, now, &effects)
        } else if effects.events.isEmpty, isIdle(now) {
            emit(.frontier, now, &effects)
        }
        finish(&effects, now)
        return effects
    }

    /// Undoes a step whose events could not be stored. Its replies and deliveries must not be
    /// released.
    package mutating func undo(_ undo: Undo) {
        self.undo(undo.journal)
        volatile = undo.volatile
        unexpectedAnswers = undo.unexpectedAnswers
        let then = volatile.lastTurnAt
        for route in projection.routesInUse { refresh(route, then) }
        for lane in projection.lanesInUse { refresh(lane, then) }
    }

    private mutating func begin(_ now: Timestamp) {
        startJournal()
        before = (volatile, unexpectedAnswers)
        volatile.read(clock: now)
    }

    private mutating func finish(_ effects: inout Effects, _ now: Timestamp) {
        if !effects.events.isEmpty { volatile.lastTurnAt = now }
        freeEnded()
        let givenUp = projection.givenUp
        for route in givenUp.routes { volatile.forget(route) }
        for lane in givenUp.lanes { volatile.gates.forget(.lane(lane)) }
        effects.undo = Undo(
            journal: endJournal(), volatile: before.volatile,
            unexpectedAnswers: before.unexpectedAnswers)
        let nextDue = isTriggering ? nextDue(now) : .latest
        // Earlier than every due tick that can still be triggered: the seal claims only what was decided.
        let undecided = [due.first?.wait.due, due.earliestAside].compactMap(\.self).min()
        effects.decidedThrough = min(now, undecided?.clampedAdding(nanoseconds: -1) ?? now)
        let frontier = volatile.lastTurnAt.clampedAdding(
            nanoseconds: TurnLimits.frontierInterval)
        let hasMore =
            !effects.deferred.isEmpty || !volatile.orphans.isEmpty || projection.endedCount > 0
            || isActing && volatile.rescheduleStart != nil
        effects.wakeAt = hasMore ? now : max(now, min(nextDue, frontier))
    }

    private func isIdle(_ now: Timestamp) -> Bool {
        now.nanoseconds(since: volatile.lastTurnAt) >= TurnLimits.frontierInterval
    }
}

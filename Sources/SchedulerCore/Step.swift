// The one place where it is decided what happens. A step takes what arrived and what time it is,
// and returns what to make durable, whom to answer and what to send. It reads no clock, does no
// I/O, draws no random number: the same log, then the same inputs, give the same effects.

package import EventLog
import JobState
package import Jobs

extension SchedulerStateMachine {
    /// The first step of a process: it is the writer now, nobody is there, and what was in flight
    /// will be sent again. `changedRules` are those of known zones that say something else than the
    /// log's.
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
        let hasChanges = !changedRules.isEmpty || !projection.zoneChanges.isEmpty
        volatile.rescheduleStart = hasChanges ? .zero : nil
        reschedule(reserved: 0, now, &effects)
        finish(&effects, now)
        return effects
    }

    /// Takes a turn. Order: the clock, answers and receivers, triggers nobody can answer,
    /// changed zone rules, due ticks, commands.
    package mutating func step(_ inputs: [Input], now: Timestamp) -> Effects {
        var effects = Effects()
        begin(now)
        var commands: [(Command, ReplyToken)] = []
        var isClosing = false
        for input in inputs {
            if case .clockMoved(let from, let to) = input {
                emit(.clockMoved(from: from, to: to), now, &effects)
            }
        }
        for input in inputs {
            switch input {
            case .command(let command, let token): commands.append((command, token))
            case .clockMoved: break
            case .space(let space): volatile.space = space
            case .stop: volatile.isStopping = true
            case .close: isClosing = true
            case .answer, .receiverPresent, .receiverAbsent, .limitPresent, .limitAbsent:
                if hasRoom(effects) {
                    take(input, now, &effects)
                } else {
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

    /// Takes back the step whose events could not be stored. Replies and deliveries of it must not
    /// be released.
    package mutating func undo(_ undo: Undo) {
        self.undo(undo.journal)
        volatile = undo.volatile
        unexpectedAnswers = undo.unexpectedAnswers
        let then = volatile.lastTurnAt
        for route in projection.routes.indices { refresh(RouteIndex(route), then) }
        for lane in projection.lanes.indices { refresh(LaneIndex(lane), then) }
    }

    private mutating func begin(_ now: Timestamp) {
        startJournal()
        before = (volatile, unexpectedAnswers)
        volatile.read(clock: now)
    }

    private mutating func finish(_ effects: inout Effects, _ now: Timestamp) {
        if !effects.events.isEmpty { volatile.lastTurnAt = now }
        effects.undo = Undo(
            journal: endJournal(), volatile: before.volatile,
            unexpectedAnswers: before.unexpectedAnswers)
        let nextDue = isTriggering ? nextDue(now) : .latest
        // A due tick that is still open claims nothing: the seal says only what was decided.
        effects.decidedThrough = min(
            now, due.first?.wait.due.clampedAdding(nanoseconds: -1) ?? now)
        let frontier = volatile.lastTurnAt.clampedAdding(
            nanoseconds: TurnLimits.frontierInterval)
        let hasMore =
            !effects.deferred.isEmpty || !volatile.orphans.isEmpty
            || isActing && volatile.rescheduleStart != nil
        effects.wakeAt = hasMore ? now : max(now, min(nextDue, frontier))
    }

    private func isIdle(_ now: Timestamp) -> Bool {
        now.nanoseconds(since: volatile.lastTurnAt) >= TurnLimits.frontierInterval
    }
}

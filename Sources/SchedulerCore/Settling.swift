// Answers become acknowledgements: the outcome of a trigger, and what its job waits for next.
// Receivers are added and removed here too, because a receiver that goes leaves triggers behind.

import EventLog
import JobState
import Jobs

extension SchedulerStateMachine {
    /// Handles an answer, or a report about a receiver or a limit.
    mutating func take(_ input: Input, _ now: Timestamp, _ effects: inout Effects) {
        switch input {
        case .answer(let answer):
            // A trigger of an earlier process cannot be answered to this one: it will be abandoned.
            guard isOfThisProcess(answer.trigger) else { return countUnexpectedAnswer() }
            settle(answer.trigger, Ending(answer), now, &effects)
        case .receiverPresent(let presence, let isProvisional):
            addReceiver(presence, isProvisional, now, &effects)
        case .receiverAbsent(let receiver, let fate): removeReceiver(receiver, fate, now, &effects)
        case .limitPresent(let id, let limit): self.limit(id, limit, now, &effects)
        case .limitAbsent(let id): unlimit(id, now, &effects)
        case .command, .clock, .space, .stop, .close:
            preconditionFailure("not an answer and not about a receiver: \(input)")
        }
    }

    /// Records that triggers of a dead process or a closed stream will not be answered.
    mutating func settleOrphans(_ now: Timestamp, _ effects: inout Effects) {
        var settled = 0
        while settled < volatile.orphans.count, hasRoom(effects) {
            let trigger = volatile.orphans[settled]
            settled += 1
            // It may have been answered since it was lost.
            if projection.inFlightTrigger(trigger) == nil { continue }
            settle(trigger, Ending(outcome: .abandoned), now, &effects)
        }
        volatile.orphans.removeFirst(settled)
    }

    private mutating func settle(
        _ trigger: TriggerID, _ ending: Ending, _ now: Timestamp, _ effects: inout Effects
    ) {
        guard let entry = projection.inFlightTrigger(trigger) else {
            countUnexpectedAnswer()
            return
        }
        let route = projection.route(of: entry.lane)
        effects.answered.append(
            AnsweredTrigger(
                duration: now.nanoseconds(since: entry.triggeredAt),
                route: projection.routes[Int(route.rawValue)].key))
        if isOfThisProcess(trigger) {
            volatile.release(entry.receiver, route: route, at: nextMoment(now))
        }
        if let end = entry.endedBy {
            // The job has ended: the answer is recorded and changes nothing.
            let outcome: Acknowledgement.Outcome =
                ending.outcome.isAnswer ? .late : ending.outcome
            emit(
                .acknowledged(
                    Acknowledgement(
                        generation: entry.generation, previous: end, trigger: trigger,
                        outcome: outcome, code: ending.code, connectionBroke: ending.isBreak,
                        next: nil)), now, &effects)
        } else {
            let failure = settleLive(trigger, entry, ending, now, &effects)
            effects.answered[effects.answered.count - 1].failure = failure
        }
        refresh(entry.lane, now)
    }

    private mutating func settleLive(
        _ trigger: TriggerID, _ entry: InFlightTrigger, _ ending: Ending, _ now: Timestamp,
        _ effects: inout Effects
    ) -> FailedAttempt? {
        guard let row = projection.row(of: entry.generation) else {
            preconditionFailure("trigger \(trigger.sequence) is in flight for no job")
        }
        let outcome = ending.isBreak && row.tick.isSuspect ? .failed : ending.outcome
        let (next, end) = row.following(
            outcome, triggeredAt: entry.triggeredAt, in: projection.zones)
        var acknowledgement = Acknowledgement(
            generation: entry.generation, previous: row.previous, trigger: trigger,
            outcome: outcome, code: ending.code, connectionBroke: ending.isBreak, next: next)
        // Once for failures in a row, and what was said at last. On a full disk answers come first.
        if let error = ending.error, acknowledgement.canHaveError, volatile.space != .critical,
            !row.isFailing || acknowledgement.givesUp(tick: row.tick.number)
        {
            let stored = error.stored
            acknowledgement.error = ErrorDigest(of: stored)
            effects.payloads.append(
                Turn.Payload(generation: projection.head.next, bytes: stored))
        }
        emit(.acknowledged(acknowledgement), now, &effects)
        if let end {
            let deletion = Deletion(
                generation: entry.generation, previous: projection.head, reason: end)
            emit(.deleted(deletion), now, &effects)
        } else {
            followClock(entry.generation, since: trigger, now, &effects)
        }
        switch outcome {
        case .failed, .timedOut, .dropped:
            return FailedAttempt(
                id: row.id, tick: row.tick.number, attempt: row.tick.attempt, outcome: outcome,
                code: ending.code, isGivenUp: next?.tick != row.tick.number)
        case .succeeded, .undeliverable, .abandoned, .late: return nil
        }
    }

    private mutating func addReceiver(
        _ presence: Presence, _ isProvisional: Bool, _ now: Timestamp, _ effects: inout Effects
    ) {
        precondition(
            volatile.find(presence.receiver) == nil,
            "receiver \(presence.receiver.rawValue) is here already")
        let index = projection.routeIndex(of: presence.route)
        if index.map({ !volatile.hasReceivers($0) }) ?? true {
            emit(.receiverPresent(presence), now, &effects)
        }
        guard let route = projection.routeIndex(of: presence.route) else {
            preconditionFailure("a present route has no index")
        }
        volatile.add(presence, isProvisional, route: route, at: nextMoment(now))
        refresh(route, now)
    }

    private mutating func removeReceiver(
        _ id: ReceiverID, _ fate: Input.InFlightFate, _ now: Timestamp, _ effects: inout Effects
    ) {
        guard let receiver = volatile.find(id) else { return }
        volatile.remove(id)
        if !volatile.hasReceivers(receiver.route) {
            volatile.drains[receiver.route] = nil
            emit(.receiverAbsent(receiver.presence), now, &effects)
        }
        switch fate {
        case .awaited: break
        case .lost:
            volatile.orphans += projection.inFlightTriggers {
                $0.receiver == id && projection.route(of: $0.lane) == receiver.route
            }
        }
        refresh(receiver.route, now)
    }

    private func isOfThisProcess(_ trigger: TriggerID) -> Bool {
        volatile.opened.sequence < trigger.sequence
    }
}

/// How a trigger in flight ended.
private struct Ending {
    /// For a break: abandoned, unless its tick is a suspect.
    var outcome: Acknowledgement.Outcome
    var code: Int32 = 0
    /// The connection to the app broke.
    var isBreak = false
    var error: ErrorText?

    init(outcome: Acknowledgement.Outcome) { self.outcome = outcome }

    init(_ answer: Answer) {
        error = answer.error
        isBreak = answer.outcome == .broken
        code = isBreak ? 0 : answer.code
        outcome =
            switch answer.outcome {
            case .succeeded: .succeeded
            case .failed: .failed
            case .dropped: .dropped
            case .timedOut: .timedOut
            case .undeliverable: .undeliverable
            case .broken, .drained: .abandoned
            }
    }
}

extension Acknowledgement.Outcome {
    /// Whether it is an answer of the app.
    fileprivate var isAnswer: Bool {
        switch self {
        case .succeeded, .failed, .dropped, .late: true
        case .timedOut, .undeliverable, .abandoned: false
        }
    }
}

extension JobRow {
    /// What the job waits for after `outcome` of its tick in flight, or why it ends.
    fileprivate func following(
        _ outcome: Acknowledgement.Outcome, triggeredAt: Timestamp, in zones: ZoneTables
    ) -> (next: Acknowledgement.Next?, end: Deletion.Reason?) {
        switch outcome {
        case .undeliverable, .abandoned:
            // Not the app's doing: the same attempt is due as before, and no retry is used up.
            return (Acknowledgement.Next(tick: tick.number, at: tick.attemptDue), nil)
        case .failed, .timedOut:
            if let interval = failurePolicy.retryInterval(afterAttempt: tick.attempt) {
                return (retry(after: interval, triggeredAt: triggeredAt), nil)
            }
        case .succeeded, .dropped, .late: break
        }
        switch rule.following(tick: tick.number, due: tick.due, in: zones) {
        case .due(let due): return (Acknowledgement.Next(tick: tick.number + 1, at: due), nil)
        case .completed: return (nil, outcome == .succeeded ? .completed : .givenUp)
        case .expired: return (nil, .expired)
        }
    }

    /// The interval counts from when the attempt was due, or from when it ran if that was later, so
    /// that the attempts are not all used up at once after an outage.
    private func retry(after interval: Int64, triggeredAt: Timestamp) -> Acknowledgement.Next {
        let isPatient = tick.attempt >= TurnLimits.eagerAttemptsMax
        let interval = isPatient ? max(interval, TurnLimits.patientRetryInterval) : interval
        let base = max(tick.attemptDue, triggeredAt)
        return Acknowledgement.Next(
            tick: tick.number, at: base.clampedAdding(nanoseconds: interval))
    }
}

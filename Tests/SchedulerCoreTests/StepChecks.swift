import EventLog
import JobState
import Jobs
import SchedulerCore
import Testing

/// Checks that hold for every step.
func checkStep(
    _ effects: Effects, of inputs: [Input], before: SchedulerStateMachine, now: Timestamp,
    _ location: SourceLocation
) {
    #expect(effects.events.count <= TurnLimits.turnEventsMax, sourceLocation: location)
    #expect(effects.events.allSatisfy { $0.time == now }, sourceLocation: location)
    #expect(effects.wakeAt >= now && effects.decidedThrough <= now, sourceLocation: location)
    checkReplies(effects, of: inputs, location)
    checkPayloads(effects, location)
    checkDeliveries(effects, before: before, now: now, location)
}

/// Every command is answered or deferred, exactly once.
private func checkReplies(_ effects: Effects, of inputs: [Input], _ location: SourceLocation) {
    let asked = inputs.compactMap(token)
    let told = effects.replies.map(\.token) + effects.deferred.compactMap(token)
    #expect(told == asked, sourceLocation: location)
}

private func token(of input: Input) -> ReplyToken? {
    if case .command(_, let token) = input { token } else { nil }
}

/// A payload is stored with every accepted definition that has one, what an app said with every
/// acknowledgement that has a digest of it, and nothing else.
private func checkPayloads(_ effects: Effects, _ location: SourceLocation) {
    let expected = effects.events.filter { record in
        if case .acknowledged(let answer) = record.event { return answer.error != nil }
        return record.event.definition?.payload != nil
    }
    #expect(
        effects.payloads.map(\.generation) == expected.map(\.sequence), sourceLocation: location)
    for (payload, record) in zip(effects.payloads, expected) {
        if case .acknowledged(let answer) = record.event {
            #expect(ErrorDigest(of: payload.bytes) == answer.error, sourceLocation: location)
        } else {
            let summary = record.event.definition?.payload
            #expect(PayloadSummary(of: payload.bytes) == summary, sourceLocation: location)
        }
    }
}

extension Event {
    /// The definition, if the event accepts a job.
    var definition: Definition? {
        if case .created(let definition) = self { return definition }
        if case .updated(let definition, _) = self { return definition }
        return nil
    }
}

/// Every trigger is delivered once, agrees with its event, and is not early.
private func checkDeliveries(
    _ effects: Effects, before: SchedulerStateMachine, now: Timestamp, _ location: SourceLocation
) {
    var projection = before.projection
    var deliveries = effects.deliveries[...]
    for record in effects.events {
        if case .triggered(let trigger) = record.event {
            let row = projection.rows[trigger.generation]
            let boot = projection.boots.last { $0.opened < trigger.generation }
            #expect((row?.tick.attemptDue ?? .latest) <= now, "early", sourceLocation: location)
            let delivery = deliveries.popFirst()
            #expect(delivery?.trigger == TriggerID(record.sequence), sourceLocation: location)
            #expect(delivery?.receiver == trigger.receiver, sourceLocation: location)
            #expect(delivery?.id == row?.id, sourceLocation: location)
            #expect(delivery?.generation == trigger.generation, sourceLocation: location)
            #expect(delivery?.tick == trigger.tick, sourceLocation: location)
            #expect(delivery?.due == trigger.due, sourceLocation: location)
            #expect(delivery?.attempt == trigger.attempt, sourceLocation: location)
            #expect(delivery?.cause == trigger.cause, sourceLocation: location)
            #expect(delivery?.key.boot == boot?.bootID, sourceLocation: location)
            #expect(delivery?.key.generation == trigger.generation, sourceLocation: location)
            #expect(delivery?.key.tick == trigger.tick, sourceLocation: location)
        }
        do {
            try projection.apply(record)
        } catch {
            Issue.record("an impossible event: \(error)", sourceLocation: location)
        }
    }
    #expect(deliveries.isEmpty, sourceLocation: location)
}

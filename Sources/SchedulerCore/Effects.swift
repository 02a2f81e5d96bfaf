package import EventLog
import JobState
package import Jobs

/// What a step asks for. `TurnCycle` keeps the order: make durable, then send, then reply, then sleep.
package struct Effects: Sendable {
    /// To append with `payloads`, all or nothing. If that fails, call `SchedulerStateMachine.undo`.
    package var events: [Record] = []
    package var payloads: [Turn.Payload] = []
    package var decidedThrough = Timestamp.earliest
    /// To send to callers once the events are durable.
    package var replies: [(token: ReplyToken, reply: Reply)] = []
    /// To send to receivers once the events are durable.
    package var deliveries: [Delivery] = []
    /// When to step again even if nothing arrives.
    package var wakeAt = Timestamp.latest
    /// Inputs that did not fit in this turn; they come first in the next step.
    package var deferred: [Input] = []
    package var undo: Undo?
    /// For metrics only: the triggers that `events` acknowledge, in their order.
    package var answered: [AnsweredTrigger] = []

    package init() {}
}

/// A trigger that was acknowledged.
package struct AnsweredTrigger: Equatable, Sendable {
    /// How long it was in flight, in nanoseconds.
    package let duration: Int64
    package let route: RouteKey
    /// If it has failed, and its job was there to wait for what comes next.
    package internal(set) var failure: FailedAttempt?
}

/// An attempt of a tick that the app did not do.
package struct FailedAttempt: Equatable, Sendable {
    package let id: JobID
    package let tick: UInt64
    package let attempt: UInt32
    package let outcome: Acknowledgement.Outcome
    package let code: Int32
    /// Whether no other attempt comes.
    package let isGivenUp: Bool
}

/// What is needed to undo a step whose events could not be stored.
package struct Undo: Sendable {
    let journal: JobProjection.Journal
    let volatile: VolatileState
    let unexpectedAnswers: Int
}

/// A trigger on its way to a receiver.
package struct Delivery: Equatable, Sendable {
    package let trigger: TriggerID
    package let receiver: ReceiverID
    package let id: JobID
    package let generation: SequenceNumber
    /// Whether the log holds a payload for the generation.
    package let hasPayload: Bool
    /// Whether the log holds metadata of the job that does not follow from its identity.
    package let hasMetadata: Bool
    package let tick: UInt64
    package let due: Timestamp
    package let attempt: UInt32
    package let cause: Trigger.Cause
    /// The same for every attempt and redelivery of a tick, and different for every other tick.
    package let key: IdempotencyKey
}

/// `<boot id of the process that created the generation>-<generation>-<tick>`. The boot id keeps keys
/// distinct from those of a restored copy of the log that has diverged.
package struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    package let boot: BootID
    package let generation: SequenceNumber
    package let tick: UInt64

    package var description: String { "\(boot)-\(generation)-\(tick)" }
}

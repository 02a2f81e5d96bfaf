package import EventLog
import JobState
package import Jobs

/// What a step asks for. `TurnCycle` says in which order: make durable, then send, then answer, then
/// sleep.
package struct Effects: Sendable {
    /// To append, all or nothing, with `payloads`. If that fails: `SchedulerStateMachine.undo`.
    package var events: [Record] = []
    package var payloads: [Turn.Payload] = []
    package var decidedThrough = Timestamp.earliest
    /// To answer, once the events are durable.
    package var replies: [(token: ReplyToken, reply: Reply)] = []
    /// To send, once the events are durable.
    package var deliveries: [Delivery] = []
    /// When to step again even if nothing arrives.
    package var wakeAt = Timestamp.latest
    /// Inputs there was no room for; they come first in the next step.
    package var deferred: [Input] = []
    package var undo: Undo?
    /// Nothing to do, only to know: the triggers that `events` acknowledge, in their order.
    package var answered: [AnsweredTrigger] = []

    package init() {}
}

/// A trigger that was acknowledged.
package struct AnsweredTrigger: Equatable, Sendable {
    /// How long it was in flight, in nanoseconds.
    package let duration: Int64
    /// Whether it was an app's job; else it was an actor's reminder.
    package let isOfApp: Bool
}

/// How to take a step back whose events could not be stored.
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
    /// Whether the log knows metadata of it that its identity does not tell.
    package let hasMetadata: Bool
    package let tick: UInt64
    package let due: Timestamp
    package let attempt: UInt32
    package let cause: Trigger.Cause
    /// The same for every attempt and redelivery of a tick, and for no other tick ever.
    package let key: IdempotencyKey
}

/// `<boot id of the process that created the generation>-<generation>-<tick>`: the boot id keeps it
/// apart from keys of a restored copy of the log that went its own way.
package struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    package let boot: BootID
    package let generation: SequenceNumber
    package let tick: UInt64

    package var description: String { "\(boot)-\(generation)-\(tick)" }
}

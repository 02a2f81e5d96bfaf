// The decider's state, and the only way in which it changes: an event gets its number and time, is
// applied by the fold and is added to the turn.

import EventLog
package import JobState
import Jobs

package struct SchedulerStateMachine: Sendable {
    package private(set) var projection: JobProjection
    /// Finds the waiting job that is due next among those that can be sent.
    package internal(set) var due: DueIndex
    /// How many of the projection's changes since the step began have been applied to `due`.
    private var followed = 0
    var volatile = VolatileState()
    /// Number of answers to triggers that are not in flight: repeated answers, or answers to triggers
    /// of another process.
    package internal(set) var unexpectedAnswers = 0

    /// Creates a decider that continues `projection`. Call `open` before `step`.
    package init(
        continuing projection: JobProjection, freedRowsMax: Int = TurnLimits.freedRowsMax
    ) {
        self.freedRowsMax = freedRowsMax
        self.projection = projection
        due = DueIndex(of: projection)
    }

    private let freedRowsMax: Int
    /// How many more rows of jobs that were deleted by prefix are freed in this turn.
    private var freeRoom = 0

    /// The state besides the projection when the step began, for `undo`.
    var before = (volatile: VolatileState(), unexpectedAnswers: 0)

    /// Gives `event` its number and time, applies it and adds it to the turn. The fold must accept
    /// every event that is decided.
    mutating func emit(_ event: Event, _ now: Timestamp, _ effects: inout Effects) {
        let record = Record(sequence: projection.head.next, time: now, event: event)
        do {
            try projection.apply(record)
        } catch {
            preconditionFailure("decided an impossible event \(record): \(error.reason)")
        }
        due.follow(projection.waits, from: &followed)
        effects.events.append(record)
    }

    /// Changes from now on can be undone.
    mutating func startJournal() {
        projection.startJournal()
        due.trim(to: projection)
        followed = 0
        freeRoom = freedRowsMax
    }

    /// Frees rows of jobs that were deleted by prefix, as many as this turn has room for.
    mutating func freeEnded() {
        freeRoom -= projection.free(max: freeRoom)
        due.follow(projection.waits, from: &followed)
    }

    /// Frees the row of one such job, which is due first. False if the turn has no room for it.
    mutating func freeEnded(_ generation: SequenceNumber) -> Bool {
        guard freeRoom > 0 else { return false }
        precondition(projection.free(generation), "job \(generation) is due and does not live")
        due.follow(projection.waits, from: &followed)
        freeRoom -= 1
        return true
    }

    mutating func endJournal() -> JobProjection.Journal { projection.endJournal() }

    mutating func undo(_ journal: JobProjection.Journal) {
        due.undo(journal.waits)
        projection.undo(journal)
    }

    /// How many more inputs fit in the turn if room is kept for `reserved` others.
    func room(in effects: Effects, reserved: Int = 0) -> Int {
        let free = TurnLimits.turnEventsMax - TurnLimits.closingEvents - effects.events.count
        return max(0, free / TurnLimits.inputEventsMax - reserved)
    }

    func hasRoom(_ effects: Effects, reserved: Int = 0) -> Bool {
        room(in: effects, reserved: reserved) > 0
    }

    func hasRoom(_ effects: Effects, for command: Command) -> Bool {
        effects.events.count + command.eventsMax + TurnLimits.closingEvents
            <= TurnLimits.turnEventsMax
    }

    /// Whether the decider may record events of its own, not only what is reported and asked for.
    var isActing: Bool { !volatile.isStopping && volatile.space != .critical }

    /// Nothing is triggered until all due times follow the current zone rules and the clock, or while that is held.
    var isTriggering: Bool {
        isActing && volatile.rescheduleStart == nil && !volatile.isClockHeld
    }

    /// Whether the wall clock is not believed, so that nothing is triggered.
    package var isClockHeld: Bool { volatile.isClockHeld }

    mutating func countUnexpectedAnswer() { unexpectedAnswers += 1 }
}

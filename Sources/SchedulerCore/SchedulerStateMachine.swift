// What the decider is, and the one way in which it changes: an event is stamped, applied by the fold
// and added to the turn.

import EventLog
package import JobState
import Jobs

package struct SchedulerStateMachine: Sendable {
    package private(set) var projection: JobProjection
    /// Which waiting job is due next, among those that can be sent.
    package internal(set) var due: DueIndex
    /// How much of the projection's changes since the step began `due` has followed.
    private var followed = 0
    var volatile = VolatileState()
    /// Answers to triggers that are not in flight: repeated ones, or for another process's
    /// triggers.
    package internal(set) var unexpectedAnswers = 0

    /// A decider that continues `projection`. `open` must be its first step.
    package init(continuing projection: JobProjection) {
        self.projection = projection
        due = DueIndex(of: projection)
    }

    /// What there was besides the projection when the step began.
    var before = (volatile: VolatileState(), unexpectedAnswers: 0)

    /// Stamps `event`, applies it and adds it to the turn. What is decided here must be what the
    /// fold accepts.
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

    /// From now on what is applied can be taken back.
    mutating func startJournal() {
        projection.startJournal()
        followed = 0
    }

    mutating func endJournal() -> JobProjection.Journal { projection.endJournal() }

    mutating func undo(_ journal: JobProjection.Journal) {
        due.undo(journal.waits)
        projection.undo(journal)
    }

    /// How many more inputs' events fit in the turn beside those of `reserved` others.
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

    /// Whether more is recorded than what others report and ask for.
    var isActing: Bool { !volatile.isStopping && volatile.space != .critical }

    /// Until all waiting jobs are counted by the rules that hold, none is known to be due.
    var isTriggering: Bool { isActing && volatile.rescheduleStart == nil }

    mutating func countUnexpectedAnswer() { unexpectedAnswers += 1 }
}

// What happened to the jobs of one name, event by event, in words. Based on the events alone; texts from
// outside are made safe to print.

package import EventLog
import EventText
package import Jobs

/// The history of a name through all its generations, fed record by record. Keeps only one definition
/// and the unanswered triggers, however long the log is.
package struct JobHistory {
    /// The text for one event of the name.
    package struct Line: Sendable, Equatable {
        package var sequence: SequenceNumber
        package var time: Timestamp
        package var generation: SequenceNumber
        /// What happened; safe to print.
        package var text: String
    }

    private var trail: JobTrail

    package init(of id: JobID) { trail = JobTrail(of: id) }

    /// The line for `record`; `nil` if it is not about the name.
    package mutating func line(for record: Record) -> Line? {
        guard let (generation, before) = trail.take(record) else { return nil }
        return Line(
            sequence: record.sequence, time: record.time, generation: generation,
            text: Wording.text(record, before: before))
    }
}

/// Puts events into words.
enum Wording {
    /// The text for `record`; `before` is the definition that held the name until then.
    static func text(_ record: Record, before: Definition?) -> String {
        switch record.event {
        case .created(let definition):
            return "created by \(text(definition.caller)): \(text(definition))"
        case .updated(let definition, let previous):
            let changes = before.map { Self.changes(from: $0, to: definition) } ?? text(definition)
            return "replaced by \(text(definition.caller)), after #\(previous): \(changes)"
        case .deleted(let event): return ending(event.reason)
        case .deletedByPrefix(let event):
            return "deleted by \(text(event.caller)), with all whose names begin alike:"
                + " \(event.count.counted("job"))"
        case .rescheduled(let event):
            let to = event.to.map { "to \(InstantText.utc($0))" } ?? "away: none is left"
            let why =
                switch event.reason {
                case .rules: "the rules of its time zone changed"
                case .clock: "the clock was put back"
                }
            return
                "tick \(event.tick) moved from \(InstantText.utc(event.from)) \(to), because \(why)"
        case .triggered(let event): return text(event, at: record.time)
        case .acknowledged(let event): return text(event)
        case .skipped(let event):
            return "ticks \(event.firstTick) to \(event.lastTick) skipped by policy;"
                + " next: \(text(event.next))"
        case .opened, .closed, .zoneRules, .receiverPresent, .receiverAbsent, .frontier,
            .clockMoved, .clockHeld, .clockReleased, .forgotten, .concurrencyLimited:
            return "\(record.event)"
        }
    }

    static func text(_ caller: Caller) -> String {
        let (appID, peer) = (SafeText.escaped(caller.appID), SafeText.escaped(caller.peer))
        return switch caller.api {
        case .http: "\(appID) over HTTP from \(peer)"
        case .grpc: "\(appID) over gRPC from \(peer)"
        case .scheduler: "\(appID) over the scheduler service from \(peer)"
        case .import: "\(appID) by the import of \(peer)"
        case .operator: "an operator (\(peer))"
        }
    }

    private static func text(_ definition: Definition) -> String {
        let fields = fields(definition).map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        guard let ticks = definition.ticksElsewhere else { return fields }
        return "\(fields); \(ticks.count.counted("tick")) ran elsewhere before, the last due"
            + " \(InstantText.utc(ticks.lastDue))"
    }

    private static func changes(from old: Definition, to new: Definition) -> String {
        let changes = zip(fields(old), fields(new)).filter { $0.value != $1.value }.map {
            "\($0.name) \($0.value) → \($1.value)"
        }
        return changes.isEmpty ? "nothing else changed" : changes.joined(separator: ", ")
    }

    private static func fields(_ definition: Definition) -> [(name: String, value: String)] {
        func quoted(_ text: String?) -> String {
            text.map { "\"\(SafeText.escaped($0))\"" } ?? "none"
        }
        return [
            ("schedule", quoted(definition.schedule)),
            ("due time", quoted(definition.dueTime)),
            ("ttl", quoted(definition.ttl)),
            ("repeats", definition.repeats.map { "\($0)" } ?? "unlimited"),
            ("first due", InstantText.utcOrNever(definition.firstDue)),
            ("expires", InstantText.utcOrNever(definition.expiry)),
            ("on failure", text(definition.failurePolicy)),
            ("concurrency key", quoted(definition.concurrencyKey)),
            ("payload", definition.payload.map { $0.count.counted("byte") } ?? "none"),
        ]
    }

    private static func text(_ policy: FailurePolicy) -> String {
        switch policy {
        case .drop: "give up"
        case .constant(let interval, let retriesMax):
            "retry \(retriesMax.map { $0.counted("time") } ?? "for ever"),"
                + " \(GoDuration.text(interval ?? 0)) apart"
        }
    }

    static func ending(_ reason: Deletion.Reason) -> String {
        switch reason {
        case .requested(let caller): "deleted by \(text(caller))"
        case .completed: "ended: its last tick was done"
        case .expired: "ended: no tick is left before its expiry"
        case .givenUp: "ended: its last tick was given up"
        }
    }

    /// The same with the job as the subject.
    static func ended(_ reason: Deletion.Reason) -> String {
        switch reason {
        case .requested: "was \(ending(reason))"
        case .completed, .expired, .givenUp: ending(reason)
        }
    }

    private static func text(_ event: Trigger, at time: Timestamp) -> String {
        let late = max(0, time.nanoseconds(since: event.due))
        let held = event.heldBy.map { " because \($0.words)" } ?? ""
        return "tick \(event.tick) triggered, attempt \(event.attempt) (\(event.cause)), due"
            + " \(event.due.inUTC), \(GoDuration.text(late)) after that\(held), to receiver"
            + " \(event.receiver.rawValue)"
    }

    private static func text(_ event: Acknowledgement) -> String {
        let isInWords = event.isWithoutHandler || event.outcome == .dropped
        let code =
            event.code == 0 ? "" : isInWords ? " (\(event.code))" : " with code \(event.code)"
        return "trigger #\(event.trigger.sequence) \(outcome(event))\(code);"
            + " next: \(text(event.next))"
    }

    static func outcome(_ event: Acknowledgement) -> String {
        let broke = "the connection to the app broke before it answered"
        return switch event.outcome {
        case .failed where event.connectionBroke: "failed: \(broke)"
        case .abandoned where event.connectionBroke: "was lost: \(broke)"
        case .succeeded where event.isWithoutHandler:
            "was used up: the app has no handler for the job"
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .dropped: "was dropped: the app said DROPPED"
        case .timedOut: "had no answer in time"
        case .undeliverable: "never reached the app"
        case .abandoned: "was lost: nobody was left to hear the answer"
        case .late: "was answered when that changed nothing any more"
        }
    }

    private static func text(_ next: Acknowledgement.Next?) -> String {
        next.map { "tick \($0.tick) at \(InstantText.utc($0.at))" } ?? "nothing"
    }
}

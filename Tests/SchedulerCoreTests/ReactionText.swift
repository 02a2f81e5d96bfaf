import EventLog
import Jobs
import SchedulerCore

/// A step's whole visible reaction, one line for each item: events with their deliveries, replies, dropped answers,
/// deferred inputs, and how far it decided if that is not up to now.
struct ReactionText {
    /// Tick and attempt of every trigger so far.
    private var triggers: [TriggerID: (tick: UInt64, attempt: UInt32)] = [:]
    private var opened = SequenceNumber.zero

    mutating func lines(of effects: Effects, dropped: [Answer], now: Timestamp) -> [String] {
        var deliveries: [TriggerID: Delivery] = [:]
        for delivery in effects.deliveries { deliveries[delivery.trigger] = delivery }
        var lines = effects.events.map { line($0, deliveries[TriggerID($0.sequence)]) }
        lines += dropped.map { "(dropped: \($0.trigger.sequence) \(reason($0.trigger)); counted)" }
        lines += effects.replies.map { "reply \(ReactionText.text($0.reply))" }
        if !effects.deferred.isEmpty { lines.append("(put off: \(effects.deferred.count) inputs)") }
        if effects.decidedThrough != now {
            lines.append("(decided through \(ScriptTime.text(effects.decidedThrough)))")
        }
        return lines.isEmpty ? ["(nothing)"] : lines
    }

    private func reason(_ trigger: TriggerID) -> String {
        if triggers[trigger] == nil { return "is no trigger" }
        return trigger.sequence < opened ? "is another process's" : "is answered already"
    }

    private mutating func line(_ record: Record, _ delivery: Delivery?) -> String {
        let text = text(record.event, at: record.sequence)
        let sent = delivery.map { " → w\($0.receiver.rawValue) id=\($0.trigger.sequence)" } ?? ""
        return "#\(record.sequence) \(text)\(sent)"
    }

    private mutating func text(_ event: Event, at sequence: SequenceNumber) -> String {
        switch event {
        case .opened(let opening):
            opened = sequence
            let before = opening.isAfterCleanClose ? "a clean close" : "a crash"
            return sequence == SequenceNumber(1) ? "opened" : "opened after \(before)"
        case .closed: return "closed"
        case .zoneRules(let rules): return "zoneRules \(rules.zone)"
        case .created(let definition): return "created \(ReactionText.text(definition))"
        case .updated(let definition, let previous):
            return "updated \(ReactionText.text(definition)), replacing #\(previous)"
        case .deleted(let deletion):
            return "deleted \(deletion.generation) \(ReactionText.text(deletion.reason))"
        case .deletedByPrefix(let deletion): return "deletedByPrefix \(deletion.count) jobs"
        case .rescheduled(let change):
            let to = change.to.map(ScriptTime.text) ?? "no more"
            return "rescheduled \(change.generation) tick=\(change.tick) from"
                + " \(ScriptTime.text(change.from)) to \(to)"
                + (change.reason == .clock ? " with the clock" : "")
        case .receiverPresent(let presence):
            return "receiverPresent \(ReactionText.text(presence))"
        case .receiverAbsent(let presence): return "receiverAbsent \(ReactionText.text(presence))"
        case .triggered(let trigger): return triggered(trigger, TriggerID(sequence))
        case .acknowledged(let acknowledgement): return acknowledged(acknowledgement)
        case .skipped(let skip):
            return "skipped \(skip.generation) ticks \(skip.firstTick) to \(skip.lastTick)"
        case .frontier: return "frontier"
        case .clockMoved(let from, let to):
            return "clockMoved \(ScriptTime.text(from)) → \(ScriptTime.text(to))"
        case .clockHeld(let wall): return "clockHeld \(ScriptTime.text(wall))"
        case .clockReleased(let release): return "clockReleased \(release)"
        case .forgotten(let forgotten): return "forgotten through #\(forgotten.through)"
        case .concurrencyLimited(let limit):
            let key = limit.concurrencyKey.map { "/\($0)" } ?? ""
            let inFlightMax = limit.inFlightMax.map { "\($0)" } ?? "none"
            return "concurrencyLimited \(ReactionText.text(limit.route))\(key) max=\(inFlightMax)"
        }
    }

    private mutating func triggered(_ trigger: Trigger, _ id: TriggerID) -> String {
        triggers[id] = (trigger.tick, trigger.attempt)
        var text = "triggered \(trigger.generation) tick=\(trigger.tick)"
        text += " due=\(ScriptTime.text(trigger.due)) attempt=\(trigger.attempt)"
        if trigger.cause != .schedule { text += " \(trigger.cause)" }
        if let hold = trigger.heldBy { text += " heldBy=\(hold)" }
        return text
    }

    private func acknowledged(_ acknowledgement: Acknowledgement) -> String {
        var text = "acknowledged \(acknowledgement.trigger.sequence) \(acknowledgement.outcome)"
        if acknowledgement.connectionBroke { text += " connectionBroke" }
        if acknowledgement.code != 0 { text += " code=\(acknowledgement.code)" }
        guard let next = acknowledgement.next else { return "\(text); no next" }
        text += "; next \(ScriptTime.text(next.at)) tick=\(next.tick)"
        if let (tick, attempt) = triggers[acknowledgement.trigger], tick == next.tick {
            let isCounted = [.failed, .timedOut].contains(acknowledgement.outcome)
            text += " attempt=\(isCounted ? attempt + 1 : attempt)"
        }
        return text
    }

    private static func text(_ definition: Definition) -> String {
        let due = definition.firstDue.map(ScriptTime.text) ?? "never"
        var text = "\(name(definition.id)) due=\(due)"
        if let ticks = definition.ticksElsewhere { text += " elsewhere=\(ticks.count)" }
        if let expiry = definition.expiry { text += " expires=\(ScriptTime.text(expiry))" }
        if let payload = definition.payload { text += " payload=\(payload.count)" }
        return text
    }

    private static func text(_ reason: Deletion.Reason) -> String {
        switch reason {
        case .requested: "requested"
        case .completed: "completed"
        case .expired: "expired"
        case .givenUp: "givenUp"
        }
    }

    private static func text(_ presence: Presence) -> String {
        "\(ReactionText.text(presence.route)) w\(presence.receiver.rawValue)"
    }

    private static func text(_ route: RouteKey) -> String {
        "\(route.isApp ? "app" : "actor")(\(route.receiverName))"
    }

    private static func text(_ status: JobStatus) -> String {
        let last = status.lastDue.map { " last=\(ScriptTime.text($0))" } ?? ""
        let next = status.nextDue.map { " next=\(ScriptTime.text($0))" } ?? ""
        return "\(status.phase) done=\(status.ticksDone) attempt=\(status.attempt)\(last)\(next)"
    }

    private static func text(_ reply: Reply) -> String {
        switch reply {
        case .scheduled: "scheduled"
        case .deleted: "deleted"
        case .found(let job):
            "found \(name(job.id)) generation \(job.generation) \(text(job.status))"
        case .listed(let page):
            "listed \(page.jobs.map { name($0.id) }.joined(separator: ", "))"
                + (page.hasMore ? " and more" : "")
        case .deletedByPrefix(let count): "deleted all \(count)"
        case .clockAccepted(let wasHeld): "clock accepted, wasHeld=\(wasHeld)"
        case .forgotten(let isRecorded): "forgotten, isRecorded=\(isRecorded)"
        case .rejected(.invalid(let field)): "invalid \(field.field): \(field.reason)"
        case .rejected(.alreadyExists(let id)): "alreadyExists \(name(id))"
        case .rejected(.notFound(let id)): "notFound \(name(id))"
        case .rejected(.overloaded): "overloaded"
        case .rejected(.outOfSpace): "outOfSpace"
        case .rejected(.unavailable): "unavailable"
        case .rejected(.stopping): "stopping"
        }
    }

    private static func name(_ id: JobID) -> String {
        switch id.target {
        case .app(let app): "\(app)/\(id.name)"
        case .actor(let type, let actor): "\(type)#\(actor)/\(id.name)"
        }
    }
}

// Commands: create, replace, delete, get, list. Within a turn they are decided in the order of arrival, so
// a later command for a name sees the effect of an earlier one.

import EventLog
import JobState
import Jobs

extension SchedulerStateMachine {
    mutating func decide(
        _ commands: [(Command, ReplyToken)], _ now: Timestamp, _ effects: inout Effects
    ) {
        var bytes = 0
        var listed = 0
        for (index, (command, token)) in commands.enumerated() {
            let bytesBefore = bytes
            bytes += command.durableBytes
            guard hasRoom(effects, for: command),
                bytesBefore == 0 || bytes <= TurnLimits.turnBytesMax,
                listed < TurnLimits.turnListedMax
            else {
                // All later commands wait too, however small: commands for one name must keep their order.
                effects.deferred += commands[index...].map { .command($0, token: $1) }
                return
            }
            let reply = decide(command, now, &effects)
            if case .listed(let page) = reply { listed += page.jobs.count }
            effects.replies.append((token, reply))
        }
    }

    private mutating func decide(
        _ command: Command, _ now: Timestamp, _ effects: inout Effects
    ) -> Reply {
        if volatile.isStopping { return .rejected(.stopping) }
        switch command {
        case .get(let id):
            let job = projection.generation(of: id).flatMap { found(id, $0, now) }
            return job.map(Reply.found) ?? .rejected(.notFound(id))
        case .list(let prefix, let last, let limit):
            return .listed(list(prefix, after: last, limit: limit, now))
        case .delete(let id, let caller):
            guard let generation = projection.generation(of: id),
                let row = projection.row(of: generation)
            else { return .deleted }
            emit(
                .deleted(
                    Deletion(
                        generation: generation, previous: row.previous,
                        reason: .requested(caller))), now, &effects)
            return .deleted
        case .deleteByPrefix(let prefix, let caller):
            return .deletedByPrefix(count: deleteAll(prefix, caller, now, &effects))
        case .deleteNamespace(let namespace, let caller):
            // Both in this turn: a crash leaves all of them or none.
            let counts = namespace.prefixes.map { deleteAll($0, caller, now, &effects) }
            return .deletedByPrefix(count: counts.reduce(0, +))
        case .acceptClock:
            defer { release(.accepted, now, &effects) }
            return .clockAccepted(wasHeld: volatile.isClockHeld)
        case .forget(let forgotten):
            guard isAgeKnown(now) else { return .forgotten(false) }
            emit(.forgotten(forgotten), now, &effects)
            return .forgotten(true)
        case .schedule(let plan):
            return schedule(plan, now, &effects)
        }
    }

    /// One event for all of them, and none if there are no such jobs. Returns how many there were.
    private mutating func deleteAll(
        _ prefix: JobPrefix, _ caller: Caller, _ now: Timestamp, _ effects: inout Effects
    ) -> Int {
        let count = projection.count(withKeyPrefix: prefix.key)
        if count > 0 {
            let deletion = PrefixDeletion(
                keyPrefix: prefix.key, count: UInt64(count), caller: caller)
            emit(.deletedByPrefix(deletion), now, &effects)
        }
        return count
    }

    private mutating func schedule(
        _ plan: JobPlan, _ now: Timestamp, _ effects: inout Effects
    ) -> Reply {
        let request = plan.request
        let replaced = projection.generation(of: request.id).flatMap { projection.row(of: $0) }
        if let replaced {
            switch request.overwrite {
            case .refuse: return .rejected(.alreadyExists(request.id))
            case .replaceUnlessIdentical:
                if plan.isIdentical(to: replaced.fingerprint) { return .scheduled }
            case .replace: break
            }
        }
        let definition: Definition
        do {
            definition = try plan.resolve(at: now, in: projection.zones)
        } catch {
            return .rejected(.invalid(error))
        }
        // Checked last: a command that records nothing, or is refused anyway, needs no space.
        if volatile.space != .ample { return .rejected(.outOfSpace) }
        if let rules = plan.zoneRules, projection.zones[rules.zone] == nil {
            emit(.zoneRules(rules), now, &effects)
        }
        let event: Event =
            replaced.map { .updated(definition, previous: $0.previous) } ?? .created(definition)
        emit(event, now, &effects)
        let generation = projection.head
        if let payload = plan.payload {
            effects.payloads.append(Turn.Payload(generation: generation, bytes: payload))
        }
        if definition.firstDue == nil {
            let deletion = Deletion(
                generation: generation, previous: generation, reason: .expired)
            emit(.deleted(deletion), now, &effects)
        }
        return .scheduled
    }
}

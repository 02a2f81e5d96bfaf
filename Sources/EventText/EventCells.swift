// An event as names and values, for other programs: everything in its bytes is included. Every
// switch here lists all kinds, so a new one cannot be forgotten.

import EventLog
package import Jobs

/// A record, field by field in the order of `Field`.
package struct EventCells: Equatable, Sendable {
    package private(set) var cells: [Cell] = []

    /// `job` is the job whose generation the event names; `nil` if it names none or the job is
    /// unknown. An event that contains the job's identity needs none.
    ///
    /// `payload` is the stored payload of an accepted job; without it only the payload's length and
    /// digest are shown. `error` is likewise what the app said of a failure.
    package init(
        _ record: Record, of job: JobID?, payload: Payload? = nil, error: String? = nil
    ) {
        add(.sequence, .count(record.sequence.rawValue))
        add(.time, .instant(record.time))
        add(.kind, .text(record.event.kind.name))
        if let job = job ?? record.event.accepted?.id { cells += job.cells }
        switch record.event {
        case .opened(let opening): add(opening)
        case .closed, .frontier: break
        case .zoneRules(let rules):
            add(.zone, .text(rules.zone))
            add(.tzif, .bytes(rules.tzif))
        case .created(let definition):
            add(.generation, .count(record.sequence.rawValue))
            add(definition, payload)
        case .updated(let definition, let previous):
            add(generation: record.sequence, previous: previous)
            add(definition, payload)
        case .deleted(let deletion): add(deletion)
        case .deletedByPrefix(let deletion): add(deletion)
        case .rescheduled(let change):
            add(generation: change.generation, previous: change.previous)
            add(.tick, .count(change.tick))
            add(.from, .instant(change.from))
            add(.to, change.to.map(FieldValue.instant))
            add(.reason, .text("\(change.reason)"))
        case .receiverPresent(let presence), .receiverAbsent(let presence): add(presence)
        case .triggered(let trigger): add(trigger)
        case .acknowledged(let acknowledgement): add(acknowledgement, error)
        case .skipped(let skip):
            add(generation: skip.generation, previous: skip.previous)
            add(.firstTick, .count(skip.firstTick))
            add(.lastTick, .count(skip.lastTick))
            add(skip.next)
            add(.reason, .text("\(skip.reason)"))
        case .clockHeld(let wall): add(.wall, .instant(wall))
        case .clockReleased(let release): add(.reason, .text("\(release)"))
        case .clockMoved(let from, let to):
            add(.from, .instant(from))
            add(.to, .instant(to))
        case .forgotten(let forgotten):
            add(.through, .count(forgotten.through.rawValue))
            add(.digest, .digits(forgotten.digest))
            add(.baseDigest, .digits(forgotten.baseDigest))
            add(.archive, forgotten.archive.map { .text($0.name) })
            add(.archiveDigest, forgotten.archive.map { .digits($0.digest) })
        case .concurrencyLimited(let limit):
            add(limit.route)
            add(.concurrencyKey, limit.concurrencyKey.map(FieldValue.text))
            add(.inFlightMax, limit.inFlightMax.map { .count(UInt64($0)) })
        }
    }

    private mutating func add(_ field: Field, _ value: FieldValue?) {
        if let cell = Cell(field.rawValue, value) { cells.append(cell) }
    }

    private mutating func add(generation: SequenceNumber, previous: SequenceNumber) {
        add(.generation, .count(generation.rawValue))
        add(.previous, .count(previous.rawValue))
    }

    private mutating func add(_ opening: Opening) {
        add(.bootID, .text(opening.bootID.description))
        add(.softwareVersion, .text(opening.softwareVersion))
        add(.logFormat, .count(UInt64(opening.logFormat)))
        add(.isAfterCleanClose, .flag(opening.isAfterCleanClose))
    }

    private mutating func add(_ definition: Definition, _ payload: Payload?) {
        add(.schedule, definition.schedule.map(FieldValue.text))
        add(.dueTime, definition.dueTime.map(FieldValue.text))
        add(.ttl, definition.ttl.map(FieldValue.text))
        add(.repeats, definition.repeats.map { .count(UInt64($0)) })
        switch definition.failurePolicy {
        case .drop: add(.failurePolicy, .text("drop"))
        case .constant(let interval, let retriesMax):
            add(.failurePolicy, .text("constant"))
            add(.retryIntervalNanoseconds, interval.map(FieldValue.integer))
            add(.retriesMax, retriesMax.map { .count(UInt64($0)) })
        }
        add(.anchor, .instant(definition.anchor))
        add(.firstDue, definition.firstDue?.ifEver.map(FieldValue.instant))
        add(.expiry, definition.expiry.map(FieldValue.instant))
        add(.ticksElsewhere, definition.ticksElsewhere.map { .count(UInt64($0.count)) })
        add(.lastDueElsewhere, definition.ticksElsewhere.map { .instant($0.lastDue) })
        add(.submittedAppID, definition.submittedAppID.map(FieldValue.text))
        add(.concurrencyKey, definition.concurrencyKey.map(FieldValue.text))
        add(.payloadBytes, definition.payload.map { .count(UInt64($0.count)) })
        add(.payloadSHA256, definition.payload.map { .digits($0.sha256) })
        add(.payloadType, payload.map { .text($0.typeURL) })
        add(.payload, payload.map { .bytes($0.value) })
        add(definition.caller)
    }

    private mutating func add(_ caller: Caller) {
        add(.callerAPI, .text("\(caller.api)"))
        add(.callerAppID, .text(caller.appID))
        add(.callerPeer, .text(caller.peer))
    }

    private mutating func add(_ deletion: Deletion) {
        add(generation: deletion.generation, previous: deletion.previous)
        switch deletion.reason {
        case .requested(let caller):
            add(.reason, .text("requested"))
            add(caller)
        case .completed: add(.reason, .text("completed"))
        case .expired: add(.reason, .text("expired"))
        case .givenUp: add(.reason, .text("givenUp"))
        }
    }

    private mutating func add(_ deletion: PrefixDeletion) {
        if let scope = PrefixScope(key: deletion.keyPrefix) {
            for (field, part) in scope.fields { add(field, .text(part)) }
        }
        add(.count, .count(deletion.count))
        add(.keyPrefix, .bytes(deletion.keyPrefix))
        add(deletion.caller)
    }

    private mutating func add(_ presence: Presence) {
        add(presence.route)
        add(.receiver, .count(UInt64(presence.receiver.rawValue)))
        add(.address, .text(presence.address))
        add(.window, .count(UInt64(presence.window)))
    }

    private mutating func add(_ route: RouteKey) {
        add(.namespace, .text(route.namespace))
        add(route.isApp ? .app : .actorType, .text(route.receiverName))
    }

    private mutating func add(_ trigger: Trigger) {
        add(generation: trigger.generation, previous: trigger.previous)
        add(.tick, .count(trigger.tick))
        add(.due, .instant(trigger.due))
        add(.attempt, .count(UInt64(trigger.attempt)))
        add(.cause, .text("\(trigger.cause)"))
        add(.heldBy, trigger.heldBy.map { .text("\($0)") })
        add(.receiver, .count(UInt64(trigger.receiver.rawValue)))
    }

    private mutating func add(_ acknowledgement: Acknowledgement, _ error: String?) {
        add(generation: acknowledgement.generation, previous: acknowledgement.previous)
        add(.trigger, .count(acknowledgement.trigger.sequence.rawValue))
        add(.outcome, .text("\(acknowledgement.outcome)"))
        add(.code, .integer(Int64(acknowledgement.code)))
        add(.connectionBroke, acknowledgement.connectionBroke ? .flag(true) : nil)
        add(.errorDigest, acknowledgement.error.map { .digits($0.bytes) })
        add(.error, error.map(FieldValue.text))
        add(acknowledgement.next)
    }

    private mutating func add(_ next: Acknowledgement.Next?) {
        add(.nextTick, next.map { .count($0.tick) })
        add(.nextAt, next.map { .instant($0.at) })
    }
}

extension JobID {
    /// Namespace, app or actor, and name.
    package var cells: [Cell] {
        let target: [(Field, String)] =
            switch target {
            case .app(let appID): [(.app, appID)]
            case .actor(let type, let id): [(.actorType, type), (.actorID, id)]
            }
        return ([(.namespace, namespace)] + target + [(.name, name)]).map { field, part in
            Cell(field.rawValue, .text(part))
        }
    }

    /// All names that `cells` can have, in their order.
    package static let columns = [Field.namespace, .app, .actorType, .actorID, .name]
        .map(\.rawValue)
}

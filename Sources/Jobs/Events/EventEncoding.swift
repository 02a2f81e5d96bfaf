// From records to bytes. The two kinds on the hot path are each written by two appends of whole
// words.

import EventLog

struct EventEncoder {
    let record: Record

    func encode(into bytes: inout [UInt8]) {
        switch record.event {
        case .opened(let opening): encode(opening, into: &bytes)
        case .closed: append(header(.closed), to: &bytes)
        case .zoneRules(let rules): encode(rules, into: &bytes)
        case .created(let definition):
            encode(definition, as: .created, previous: .zero, into: &bytes)
        case .updated(let definition, let previous):
            encode(definition, as: .updated, previous: previous, into: &bytes)
        case .deleted(let deletion): encode(deletion, into: &bytes)
        case .deletedByPrefix(let deletion): encode(deletion, into: &bytes)
        case .rescheduled(let rescheduling): encode(rescheduling, into: &bytes)
        case .receiverPresent(let presence): encode(presence, as: .receiverPresent, into: &bytes)
        case .receiverAbsent(let presence): encode(presence, as: .receiverAbsent, into: &bytes)
        case .triggered(let trigger): encode(trigger, into: &bytes)
        case .acknowledged(let acknowledgement): encode(acknowledgement, into: &bytes)
        case .skipped(let skip): encode(skip, into: &bytes)
        case .frontier: append(header(.frontier), to: &bytes)
        case .clockMoved(let from, let to):
            append(header(.clockMoved), to: &bytes)
            append((from.rawValue.littleEndian, to.rawValue.littleEndian), to: &bytes)
        case .clockHeld(let wall):
            append(header(.clockHeld), to: &bytes)
            append(wall.rawValue.littleEndian, to: &bytes)
        case .clockReleased(let release):
            var header = header(.clockReleased)
            header.variant = release.rawValue
            append(header, to: &bytes)
        case .forgotten(let forgotten): encode(forgotten, into: &bytes)
        case .concurrencyLimited(let limit): encode(limit, into: &bytes)
        }
    }

    func header(_ kind: EventKind) -> EventHeader {
        EventHeader(kind: kind, time: record.time)
    }

    private func header(
        _ kind: EventKind, generation: SequenceNumber, previous: SequenceNumber
    ) -> EventHeader {
        EventHeader(kind: kind, time: record.time, generation: generation, previous: previous)
    }

    func append(_ header: EventHeader, to bytes: inout [UInt8]) {
        let first =
            UInt64(header.kind.rawValue) | UInt64(header.variant) << 8
            | UInt64(header.flags.rawValue) << 16 | UInt64(header.detail) << 32
        append(
            (
                first.littleEndian, header.time.rawValue.littleEndian,
                header.generation.rawValue.littleEndian, header.previous.rawValue.littleEndian
            ), to: &bytes)
    }

    /// Appends the memory of `fields`: an integer, or a tuple of integers of one size, already in
    /// little-endian order.
    @inline(__always)
    func append<Fields: BitwiseCopyable>(_ fields: Fields, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: fields) { bytes.append(contentsOf: $0) }
    }

    func append(_ text: String, to bytes: inout [UInt8]) {
        append(count: text.utf8.count, to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    func append(short: [UInt8], to bytes: inout [UInt8]) {
        append(count: short.count, to: &bytes)
        bytes.append(contentsOf: short)
    }

    private func append(count: Int, to bytes: inout [UInt8]) {
        precondition(
            count <= EventCodec.textBytesMax,
            "record \(record.sequence): a text of \(count) bytes does not fit")
        append(UInt16(count).littleEndian, to: &bytes)
    }

    private func append(_ caller: Caller, to bytes: inout [UInt8]) {
        bytes.append(caller.api.rawValue)
        append(caller.appID, to: &bytes)
        append(caller.peer, to: &bytes)
    }

    private func append(_ next: Acknowledgement.Next, to bytes: inout [UInt8]) {
        append(
            (next.tick.littleEndian, UInt64(bitPattern: next.at.rawValue).littleEndian), to: &bytes)
    }
}

// The events of a job's life.
extension EventEncoder {
    private func encode(
        _ definition: Definition, as kind: EventKind, previous: SequenceNumber,
        into bytes: inout [UInt8]
    ) {
        var header = header(kind, generation: record.sequence, previous: previous)
        header.variant = Self.variant(of: definition.failurePolicy)
        header.flags = Self.flags(of: definition)
        header.detail = definition.repeats ?? 0
        append(header, to: &bytes)
        append(definition.anchor.rawValue.littleEndian, to: &bytes)
        if let firstDue = definition.firstDue {
            append(firstDue.rawValue.littleEndian, to: &bytes)
        }
        if let expiry = definition.expiry { append(expiry.rawValue.littleEndian, to: &bytes) }
        if let ticks = definition.ticksElsewhere {
            precondition(
                kind == .created && ticks.count > 0,
                "record \(record.sequence): a job cannot have run elsewhere")
            append(ticks.count.littleEndian, to: &bytes)
            append(ticks.lastDue.rawValue.littleEndian, to: &bytes)
        }
        if case .constant(let interval, let retriesMax) = definition.failurePolicy {
            if let interval { append(interval.littleEndian, to: &bytes) }
            if let retriesMax { append(retriesMax.littleEndian, to: &bytes) }
        }
        if let payload = definition.payload {
            precondition(
                payload.sha256.count == PayloadSummary.digestSize,
                "record \(record.sequence): not a SHA-256")
            append(payload.count.littleEndian, to: &bytes)
            bytes.append(contentsOf: payload.sha256)
        }
        append(short: definition.id.key, to: &bytes)
        if let appID = definition.submittedAppID { append(appID, to: &bytes) }
        if let key = definition.concurrencyKey { append(key, to: &bytes) }
        if let schedule = definition.schedule { append(schedule, to: &bytes) }
        if let dueTime = definition.dueTime { append(dueTime, to: &bytes) }
        if let ttl = definition.ttl { append(ttl, to: &bytes) }
        append(definition.caller, to: &bytes)
    }

    private static func variant(of policy: FailurePolicy) -> UInt8 {
        switch policy {
        case .drop: EventVariant.drop
        case .constant: EventVariant.constant
        }
    }

    private static func flags(of definition: Definition) -> EventFlags {
        var flags: EventFlags = []
        if definition.submittedAppID != nil { flags.insert(.submittedAppID) }
        if definition.concurrencyKey != nil { flags.insert(.concurrencyKey) }
        if definition.schedule != nil { flags.insert(.schedule) }
        if definition.dueTime != nil { flags.insert(.dueTime) }
        if definition.ttl != nil { flags.insert(.ttl) }
        if definition.repeats != nil { flags.insert(.repeats) }
        if definition.firstDue != nil { flags.insert(.firstDue) }
        if definition.expiry != nil { flags.insert(.expiry) }
        if definition.ticksElsewhere != nil { flags.insert(.ticksElsewhere) }
        if definition.payload != nil { flags.insert(.payload) }
        if case .constant(let interval, let retriesMax) = definition.failurePolicy {
            if interval != nil { flags.insert(.retryInterval) }
            if retriesMax != nil { flags.insert(.retriesMax) }
        }
        return flags
    }

    private func encode(_ deletion: Deletion, into bytes: inout [UInt8]) {
        var header = header(
            .deleted, generation: deletion.generation, previous: deletion.previous)
        switch deletion.reason {
        case .requested(let caller):
            header.variant = EventVariant.requested
            append(header, to: &bytes)
            return append(caller, to: &bytes)
        case .completed: header.variant = EventVariant.completed
        case .expired: header.variant = EventVariant.expired
        case .givenUp: header.variant = EventVariant.givenUp
        }
        append(header, to: &bytes)
    }

    private func encode(_ deletion: PrefixDeletion, into bytes: inout [UInt8]) {
        append(header(.deletedByPrefix), to: &bytes)
        append(deletion.count.littleEndian, to: &bytes)
        append(short: deletion.keyPrefix, to: &bytes)
        append(deletion.caller, to: &bytes)
    }
}

// The events of ticks.
extension EventEncoder {
    private func encode(_ rescheduling: Rescheduling, into bytes: inout [UInt8]) {
        var header = header(
            .rescheduled, generation: rescheduling.generation, previous: rescheduling.previous)
        header.variant = rescheduling.reason.rawValue
        if rescheduling.to != nil { header.flags.insert(.next) }
        append(header, to: &bytes)
        append(
            (rescheduling.tick.littleEndian, rescheduling.from.rawValue.littleEndian), to: &bytes)
        if let to = rescheduling.to { append(to.rawValue.littleEndian, to: &bytes) }
    }

    private func encode(_ trigger: Trigger, into bytes: inout [UInt8]) {
        var header = header(
            .triggered, generation: trigger.generation, previous: trigger.previous)
        header.variant = trigger.cause.rawValue
        header.detail = trigger.attempt
        append(header, to: &bytes)
        // Two 32-bit fields in one word: the receiver in the low half, the hold in the high half.
        let receiverAndHold =
            UInt64(trigger.receiver.rawValue) | UInt64(trigger.heldBy?.rawValue ?? 0) << 32
        append(
            (
                trigger.tick.littleEndian, UInt64(bitPattern: trigger.due.rawValue).littleEndian,
                receiverAndHold.littleEndian
            ), to: &bytes)
    }

    private func encode(_ acknowledgement: Acknowledgement, into bytes: inout [UInt8]) {
        var header = header(
            .acknowledged, generation: acknowledgement.generation,
            previous: acknowledgement.previous)
        header.variant = acknowledgement.outcome.rawValue
        header.detail = UInt32(bitPattern: acknowledgement.code)
        if acknowledgement.next != nil { header.flags.insert(.next) }
        if acknowledgement.connectionBroke {
            precondition(
                acknowledgement.canHaveBroken,
                "a connection broke, and trigger \(acknowledgement.trigger.sequence) was answered")
            header.flags.insert(.connectionBroke)
        }
        if acknowledgement.error != nil {
            precondition(
                acknowledgement.canHaveError,
                "trigger \(acknowledgement.trigger.sequence) has an error and did not fail")
            header.flags.insert(.error)
        }
        append(header, to: &bytes)
        append(acknowledgement.trigger.sequence.rawValue.littleEndian, to: &bytes)
        if let next = acknowledgement.next { append(next, to: &bytes) }
        if let error = acknowledgement.error {
            append((error.low.littleEndian, error.high.littleEndian), to: &bytes)
        }
    }

    private func encode(_ skip: Skip, into bytes: inout [UInt8]) {
        var header = header(.skipped, generation: skip.generation, previous: skip.previous)
        header.variant = skip.reason.rawValue
        if skip.next != nil { header.flags.insert(.next) }
        append(header, to: &bytes)
        append((skip.firstTick.littleEndian, skip.lastTick.littleEndian), to: &bytes)
        if let next = skip.next { append(next, to: &bytes) }
    }
}

// From bytes to records. A value out of a field's range is rejected, and so is a bit without a meaning: otherwise two
// byte strings would be the same event, and a digest over bytes not a digest over events.

import EventLog

struct EventDecoder {
    private var reader: ByteReader
    init(reader: ByteReader) { self.reader = reader }

    mutating func record() throws(EventCodecError) -> Record {
        let header = try header()
        let event = try event(header)
        try reader.end()
        return Record(sequence: reader.sequence, time: header.time, event: event)
    }

    private mutating func event(_ header: EventHeader) throws(EventCodecError) -> Event {
        switch header.kind {
        case .opened: .opened(try reader.opening(header))
        case .closed: .closed
        case .zoneRules: .zoneRules(try reader.zoneRules())
        case .created: .created(try definition(header))
        case .updated: .updated(try definition(header), previous: header.previous)
        case .deleted: .deleted(try deletion(header))
        case .deletedByPrefix: .deletedByPrefix(try prefixDeletion())
        case .rescheduled: .rescheduled(try rescheduling(header))
        case .receiverPresent: .receiverPresent(try reader.presence(header))
        case .receiverAbsent: .receiverAbsent(try reader.presence(header))
        case .triggered: .triggered(try trigger(header))
        case .acknowledged: .acknowledged(try acknowledgement(header))
        case .skipped: .skipped(try skip(header))
        case .frontier: .frontier
        case .clockMoved:
            .clockMoved(from: try reader.timestamp("from"), to: try reader.timestamp("to"))
        case .clockHeld: .clockHeld(wall: try reader.timestamp("wall"))
        case .clockReleased: .clockReleased(try reader.clockRelease(header))
        case .forgotten: .forgotten(try reader.forgotten(header))
        case .concurrencyLimited: .concurrencyLimited(try reader.concurrencyLimit(header))
        }
    }
}

// The header, and the fields of it that each kind uses.
extension EventDecoder {
    private mutating func header() throws(EventCodecError) -> EventHeader {
        let first = try reader.word64("header")
        guard let kind = EventKind(rawValue: UInt8(truncatingIfNeeded: first)) else {
            throw reader.error(.unknownKind(UInt8(truncatingIfNeeded: first)), at: 0)
        }
        let header = EventHeader(
            kind: kind, variant: UInt8(truncatingIfNeeded: first &>> 8),
            flags: EventFlags(rawValue: UInt16(truncatingIfNeeded: first &>> 16)),
            detail: UInt32(truncatingIfNeeded: first &>> 32), time: try reader.timestamp("time"),
            generation: try reader.sequenceNumber("generation"),
            previous: try reader.sequenceNumber("previous"))
        try check(header)
        return header
    }

    /// The fields of the header that a kind uses. The others must be zero.
    private struct Use {
        var flags: EventFlags = []
        var variant = false
        var detail = false
        /// The event starts a generation: its own sequence number.
        var foundsGeneration = false
        var generation = false
        var previous = false
    }

    private static func use(by kind: EventKind) -> Use {
        switch kind {
        case .opened: Use(flags: .afterCleanClose, detail: true)
        case .closed, .zoneRules, .deletedByPrefix, .frontier, .clockMoved, .clockHeld: Use()
        case .clockReleased: Use(variant: true)
        case .forgotten: Use(flags: .archive)
        case .created:
            Use(
                flags: [.ofDefinition, .ticksElsewhere], variant: true, detail: true,
                foundsGeneration: true)
        case .updated:
            Use(
                flags: .ofDefinition, variant: true, detail: true, foundsGeneration: true,
                previous: true)
        case .deleted: Use(variant: true, generation: true, previous: true)
        case .rescheduled: Use(flags: .next, variant: true, generation: true, previous: true)
        case .receiverPresent, .receiverAbsent: Use(detail: true)
        case .concurrencyLimited: Use(flags: [.gateKey, .limit], detail: true)
        case .triggered: Use(variant: true, detail: true, generation: true, previous: true)
        case .acknowledged:
            Use(
                flags: [.next, .connectionBroke, .error], variant: true, detail: true,
                generation: true, previous: true)
        case .skipped: Use(flags: .next, variant: true, generation: true, previous: true)
        }
    }

    private func check(_ header: EventHeader) throws(EventCodecError) {
        let use = Self.use(by: header.kind)
        if !use.variant && header.variant != 0 { throw invalidVariant(header) }
        if !header.flags.isSubset(of: use.flags) {
            throw invalid("flags", UInt64(header.flags.rawValue), at: 2)
        }
        if !use.detail && header.detail != 0 {
            throw invalid("detail", UInt64(header.detail), at: 4)
        }
        let generation = header.generation
        let isGenerationGood =
            use.foundsGeneration
            ? generation == reader.sequence : use.generation || generation == .zero
        if !isGenerationGood { throw invalid("generation", generation.rawValue, at: 16) }
        if !use.previous && header.previous != .zero {
            throw invalid("previous", header.previous.rawValue, at: 24)
        }
    }

    private func invalid(_ field: String, _ value: UInt64, at offset: Int) -> EventCodecError {
        reader.error(.invalid(field: field, value: value), at: offset)
    }

    private func invalidVariant(_ header: EventHeader) -> EventCodecError {
        invalid("variant", UInt64(header.variant), at: 1)
    }
}

// The events of a job's life.
extension EventDecoder {
    private mutating func definition(_ header: EventHeader) throws(EventCodecError) -> Definition {
        let flags = header.flags
        if !flags.contains(.repeats) && header.detail != 0 {
            throw invalid("repeats", UInt64(header.detail), at: 4)
        }
        let anchor = try reader.timestamp("anchor")
        let firstDue = flags.contains(.firstDue) ? try reader.timestamp("first due") : nil
        let expiry = flags.contains(.expiry) ? try reader.timestamp("expiry") : nil
        let ticks = flags.contains(.ticksElsewhere) ? try ticksElsewhere() : nil
        let policy = try failurePolicy(header)
        let payload = flags.contains(.payload) ? try payloadSummary() : nil
        let start = reader.offset
        guard let id = JobID(key: try reader.shortBytes("job id")) else {
            throw reader.error(.invalidKey(field: "job id"), at: start)
        }
        return Definition(
            id: id,
            submittedAppID: flags.contains(.submittedAppID)
                ? try reader.text("submitted app id") : nil,
            concurrencyKey: flags.contains(.concurrencyKey)
                ? try reader.text("concurrency key") : nil,
            schedule: flags.contains(.schedule) ? try reader.text("schedule") : nil,
            dueTime: flags.contains(.dueTime) ? try reader.text("due time") : nil,
            ttl: flags.contains(.ttl) ? try reader.text("ttl") : nil,
            repeats: flags.contains(.repeats) ? header.detail : nil, failurePolicy: policy,
            anchor: anchor, firstDue: firstDue, expiry: expiry, ticksElsewhere: ticks,
            payload: payload, caller: try caller())
    }

    private mutating func ticksElsewhere() throws(EventCodecError) -> TicksElsewhere {
        let start = reader.offset
        let count = try reader.word32("ticks elsewhere")
        guard count > 0 else { throw invalid("ticks elsewhere", UInt64(count), at: start) }
        return TicksElsewhere(
            count: count, lastDue: try reader.timestamp("last due elsewhere"))
    }

    private mutating func failurePolicy(_ header: EventHeader) throws(EventCodecError)
        -> FailurePolicy
    {
        switch header.variant {
        case EventVariant.drop:
            guard header.flags.isDisjoint(with: [.retryInterval, .retriesMax]) else {
                throw invalid("flags", UInt64(header.flags.rawValue), at: 2)
            }
            return .drop
        case EventVariant.constant:
            let interval: Int64? =
                header.flags.contains(.retryInterval)
                ? Int64(bitPattern: try reader.word64("retry interval")) : nil
            if let interval, interval < 0 {
                throw invalid("retry interval", UInt64(bitPattern: interval), at: reader.offset - 8)
            }
            let retriesMax =
                header.flags.contains(.retriesMax) ? try reader.word32("retries") : nil
            return .constant(interval: interval, retriesMax: retriesMax)
        default: throw invalidVariant(header)
        }
    }

    private mutating func payloadSummary() throws(EventCodecError) -> PayloadSummary {
        let count = try reader.word32("payload length")
        return PayloadSummary(
            count: count, sha256: try reader.bytes(PayloadSummary.digestSize, "payload digest"))
    }

    private mutating func caller() throws(EventCodecError) -> Caller {
        let start = reader.offset
        let number = try reader.byte("caller API")
        guard let api = Caller.API(rawValue: number) else {
            throw invalid("caller API", UInt64(number), at: start)
        }
        return Caller(
            api: api, appID: try callerText("caller app id"), peer: try callerText("caller peer"))
    }

    /// `Caller` cuts longer texts, so a longer one cannot have been written.
    private mutating func callerText(_ field: StaticString) throws(EventCodecError) -> String {
        let start = reader.offset
        let text = try reader.text(field)
        if text.utf8.count > JobLimits.callerTextBytesMax {
            throw invalid("length of \(field)", UInt64(text.utf8.count), at: start)
        }
        return text
    }

    private mutating func deletion(_ header: EventHeader) throws(EventCodecError) -> Deletion {
        let reason: Deletion.Reason
        switch header.variant {
        case EventVariant.requested: reason = .requested(try caller())
        case EventVariant.completed: reason = .completed
        case EventVariant.expired: reason = .expired
        case EventVariant.givenUp: reason = .givenUp
        default: throw invalidVariant(header)
        }
        return Deletion(generation: header.generation, previous: header.previous, reason: reason)
    }

    private mutating func prefixDeletion() throws(EventCodecError) -> PrefixDeletion {
        let count = try reader.word64("count")
        return PrefixDeletion(
            keyPrefix: try reader.shortBytes("key prefix"), count: count, caller: try caller())
    }
}

// The events of ticks.
extension EventDecoder {
    private mutating func rescheduling(_ header: EventHeader) throws(EventCodecError)
        -> Rescheduling
    {
        guard let reason = Rescheduling.Reason(rawValue: header.variant) else {
            throw invalidVariant(header)
        }
        return Rescheduling(
            generation: header.generation, previous: header.previous, reason: reason,
            tick: try reader.word64("tick"), from: try reader.timestamp("from"),
            to: header.flags.contains(.next) ? try reader.timestamp("to") : nil)
    }

    private mutating func trigger(_ header: EventHeader) throws(EventCodecError) -> Trigger {
        guard let cause = Trigger.Cause(rawValue: header.variant) else {
            throw invalidVariant(header)
        }
        let tick = try reader.word64("tick")
        let due = try reader.timestamp("due")
        let receiver = ReceiverID(try reader.word32("receiver"))
        let start = reader.offset
        let number = try reader.word32("hold")
        let hold = UInt8(exactly: number).flatMap(Trigger.Hold.init(rawValue:))
        if hold == nil && number != 0 { throw invalid("hold", UInt64(number), at: start) }
        return Trigger(
            generation: header.generation, previous: header.previous, tick: tick, due: due,
            attempt: header.detail, cause: cause, receiver: receiver, heldBy: hold)
    }

    private mutating func acknowledgement(_ header: EventHeader) throws(EventCodecError)
        -> Acknowledgement
    {
        guard let outcome = Acknowledgement.Outcome(rawValue: header.variant) else {
            throw invalidVariant(header)
        }
        let acknowledgement = Acknowledgement(
            generation: header.generation, previous: header.previous,
            trigger: TriggerID(try reader.sequenceNumber("trigger")),
            outcome: outcome, code: Int32(bitPattern: header.detail),
            connectionBroke: header.flags.contains(.connectionBroke), next: try next(header),
            error: header.flags.contains(.error) ? try reader.errorDigest() : nil)
        guard !acknowledgement.connectionBroke || acknowledgement.canHaveBroken,
            acknowledgement.error == nil || acknowledgement.canHaveError
        else {
            throw invalid("flags", UInt64(header.flags.rawValue), at: 2)
        }
        return acknowledgement
    }

    private mutating func skip(_ header: EventHeader) throws(EventCodecError) -> Skip {
        guard let reason = Skip.Reason(rawValue: header.variant) else {
            throw invalidVariant(header)
        }
        return Skip(
            generation: header.generation, previous: header.previous,
            firstTick: try reader.word64("first tick"), lastTick: try reader.word64("last tick"),
            reason: reason, next: try next(header))
    }

    private mutating func next(_ header: EventHeader) throws(EventCodecError)
        -> Acknowledgement.Next?
    {
        guard header.flags.contains(.next) else { return nil }
        return Acknowledgement.Next(
            tick: try reader.word64("next tick"), at: try reader.timestamp("next due"))
    }
}

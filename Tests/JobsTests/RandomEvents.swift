import EventLog
import Jobs
import TestSupport

/// Events of every kind with random fields; every optional field is sometimes present and sometimes
/// not.
struct RandomEvents {
    var generator: SeededGenerator

    static let kindCount = 19

    mutating func record(kind: Int) -> Record {
        Record(sequence: sequence(), time: timestamp(), event: event(kind: kind))
    }

    private mutating func event(kind: Int) -> Event {
        switch kind {
        case 0: .opened(opening())
        case 1: .closed
        case 2: .zoneRules(ZoneRules(zone: text(), tzif: bytes(below: 40)))
        case 3: .created(moved(definition()))
        case 4: .updated(definition(), previous: sequence())
        case 5: .deleted(deletion())
        case 6: .deletedByPrefix(prefixDeletion())
        case 7: .rescheduled(rescheduling())
        case 8: .receiverPresent(presence())
        case 9: .receiverAbsent(presence())
        case 10: .triggered(trigger())
        case 11: .acknowledged(acknowledgement())
        case 12: .skipped(skip())
        case 13: .frontier
        case 14: .clockMoved(from: timestamp(), to: timestamp())
        case 15: .clockHeld(wall: timestamp())
        case 16: .clockReleased(any(of: ClockRelease.allCases))
        case 17: .forgotten(forgotten())
        default: .concurrencyLimited(concurrencyLimit())
        }
    }

    private mutating func forgotten() -> Forgotten {
        var forgotten = Forgotten(through: sequence(), digest: digest(), baseDigest: digest())
        if generator.coin() { forgotten.archive = .init(name: text(), digest: digest()) }
        return forgotten
    }

    private mutating func digest() -> [UInt8] {
        (0..<Forgotten.digestSize).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    private mutating func opening() -> Opening {
        Opening(
            bootID: BootID(high: generator.next(), low: generator.next()),
            softwareVersion: text(), logFormat: word(), isAfterCleanClose: generator.coin())
    }

    private mutating func definition() -> Definition {
        Definition(
            id: jobID(), submittedAppID: optionalText(), concurrencyKey: optionalText(),
            schedule: optionalText(), dueTime: optionalText(), ttl: optionalText(),
            repeats: optionalWord(), failurePolicy: failurePolicy(), anchor: timestamp(),
            firstDue: generator.coin() ? timestamp() : nil,
            expiry: generator.coin() ? timestamp() : nil,
            payload: generator.coin() ? PayloadSummary(of: bytes(below: 20)) : nil,
            caller: caller())
    }

    private mutating func moved(_ definition: Definition) -> Definition {
        guard generator.coin() else { return definition }
        var definition = definition
        definition.ticksElsewhere = TicksElsewhere(count: max(1, word()), lastDue: timestamp())
        return definition
    }

    private mutating func failurePolicy() -> FailurePolicy {
        if generator.coin() { return .drop }
        let interval = generator.coin() ? Int64(bitPattern: generator.next() >> 1) : nil
        return .constant(interval: interval, retriesMax: optionalWord())
    }

    private mutating func deletion() -> Deletion {
        let reasons: [Deletion.Reason] = [.requested(caller()), .completed, .expired, .givenUp]
        return Deletion(
            generation: sequence(), previous: sequence(),
            reason: reasons[generator.index(below: reasons.count)])
    }

    private mutating func prefixDeletion() -> PrefixDeletion {
        PrefixDeletion(keyPrefix: bytes(below: 30), count: generator.next(), caller: caller())
    }

    private mutating func rescheduling() -> Rescheduling {
        Rescheduling(
            generation: sequence(), previous: sequence(),
            reason: any(of: Rescheduling.Reason.allCases), tick: generator.next(),
            from: timestamp(), to: Bool.random(using: &generator) ? timestamp() : nil)
    }

    private mutating func presence() -> Presence {
        Presence(
            route: jobID().route, receiver: ReceiverID(word()), address: text(), window: word())
    }

    private mutating func concurrencyLimit() -> ConcurrencyLimit {
        ConcurrencyLimit(
            route: jobID().route, concurrencyKey: generator.coin() ? "k" + text() : nil,
            inFlightMax: generator.coin() ? max(1, word()) : nil)
    }

    private mutating func trigger() -> Trigger {
        Trigger(
            generation: sequence(), previous: sequence(), tick: generator.next(),
            due: timestamp(), attempt: word(), cause: any(of: Trigger.Cause.allCases),
            receiver: ReceiverID(word()),
            heldBy: generator.coin() ? any(of: Trigger.Hold.allCases) : nil)
    }

    private mutating func acknowledgement() -> Acknowledgement {
        var event = Acknowledgement(
            generation: sequence(), previous: sequence(), trigger: TriggerID(sequence()),
            outcome: any(of: Acknowledgement.Outcome.allCases),
            code: generator.coin() ? 0 : Int32(bitPattern: word()), next: next())
        event.connectionBroke = event.canHaveBroken && generator.coin()
        if event.canHaveError, generator.coin() {
            event.error = ErrorDigest(low: generator.next(), high: generator.next())
        }
        return event
    }

    private mutating func skip() -> Skip {
        Skip(
            generation: sequence(), previous: sequence(), firstTick: generator.next(),
            lastTick: generator.next(), reason: any(of: Skip.Reason.allCases), next: next())
    }

    private mutating func next() -> Acknowledgement.Next? {
        generator.coin() ? Acknowledgement.Next(tick: generator.next(), at: timestamp()) : nil
    }

    private mutating func caller() -> Caller {
        Caller(api: any(of: Caller.API.allCases), appID: text(), peer: text())
    }

    private mutating func jobID() -> JobID {
        let target: Target =
            generator.coin() ? .app(part()) : .actor(type: part(), id: part())
        // Safe because parts have at least one letter and no forbidden character.
        return try! JobID(namespace: part(), target: target, name: part())
    }

    private mutating func part() -> String { "p" + text() }

    private mutating func optionalText() -> String? { generator.coin() ? text() : nil }

    private mutating func text() -> String {
        let letters = ["a", "Z", "0", " ", "||", "é", "e\u{301}", "日", "🛎️", "@", "-", "."]
        return (0..<generator.index(below: 8))
            .map { _ in letters[generator.index(below: letters.count)] }.joined()
    }

    private mutating func bytes(below limit: Int) -> [UInt8] {
        (0..<generator.index(below: limit)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    private mutating func any<Choice>(of choices: [Choice]) -> Choice {
        choices[generator.index(below: choices.count)]
    }

    private mutating func optionalWord() -> UInt32? { generator.coin() ? word() : nil }
    private mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: generator.next()) }
    private mutating func sequence() -> SequenceNumber { SequenceNumber(generator.next()) }
    private mutating func timestamp() -> Timestamp {
        Timestamp(nanoseconds: Int64(bitPattern: generator.next()))
    }
}

extension Record {
    var encoded: [UInt8] {
        var bytes = [UInt8]()
        EventCodec.encode(self, into: &bytes)
        return bytes
    }
}

extension EventCodec {
    static func decode(_ bytes: [UInt8], at sequence: SequenceNumber) throws(EventCodecError)
        -> Record
    {
        try decode(bytes, in: 0..<bytes.count, at: sequence)
    }
}

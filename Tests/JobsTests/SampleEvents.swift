import EventLog
import Jobs

/// One fixed record of every shape, in the order of the kinds; the golden bytes are their
/// encodings.
enum SampleEvents {
    static let sequence = SequenceNumber(0x0102)
    static let time = Timestamp(seconds: 1_800_000_000)
    static let later = Timestamp(seconds: 1_800_000_060)
    static let caller = Caller(api: .grpc, appID: "shop", peer: "127.0.0.1:5")

    static func record(_ event: Event) -> Record {
        Record(sequence: sequence, time: time, event: event)
    }

    static let all: [(name: String, record: Record)] = [
        ("opened", .opened(opening)),
        ("closed", .closed),
        (
            "zoneRules",
            .zoneRules(ZoneRules(zone: "Europe/Berlin", tzif: [0x54, 0x5A, 0x69, 0x66]))
        ),
        ("created-plain", .created(plainDefinition)),
        ("created-full", .created(fullDefinition)),
        ("created-moved", .created(movedDefinition)),
        ("updated", .updated(plainDefinition, previous: SequenceNumber(0x99))),
        ("deleted-requested", .deleted(requestedDeletion)),
        ("deleted-completed", .deleted(deletion(.completed))),
        ("deleted-expired", .deleted(deletion(.expired))),
        ("deleted-givenUp", .deleted(deletion(.givenUp))),
        (
            "deletedByPrefix",
            .deletedByPrefix(PrefixDeletion(keyPrefix: [0x61, 0x6E, 0], count: 3, caller: caller))
        ),
        ("rescheduled", .rescheduled(rescheduling)),
        ("rescheduled-away", .rescheduled(reschedulingAway)),
        ("rescheduled-by-clock", .rescheduled(reschedulingByClock)),
        ("receiverPresent", .receiverPresent(presence)),
        ("receiverAbsent", .receiverAbsent(presence)),
        ("triggered", .triggered(trigger)),
        ("acknowledged-next", .acknowledged(failure)),
        ("acknowledged-last", .acknowledged(success)),
        ("acknowledged-broken", .acknowledged(broken)),
        ("acknowledged-told", .acknowledged(told)),
        ("skipped", .skipped(skip)),
        ("frontier", .frontier),
        ("clockMoved", .clockMoved(from: time, to: later)),
        ("clockHeld", .clockHeld(wall: later)),
        ("clockReleased", .clockReleased(.steady)),
        ("forgotten", .forgotten(forgotten)),
        (
            "forgotten-archived",
            .forgotten(
                Forgotten(
                    through: SequenceNumber(9), digest: forgotten.digest,
                    baseDigest: forgotten.baseDigest,
                    archive: .init(name: "a-1-9.daybook", digest: [UInt8](repeating: 3, count: 32))
                ))
        ),
        (
            "concurrencyLimited",
            .concurrencyLimited(
                ConcurrencyLimit(route: actorJob.route, concurrencyKey: "k", inFlightMax: 3))
        ),
        (
            "concurrencyLimited-lifted",
            .concurrencyLimited(
                ConcurrencyLimit(route: actorJob.route, concurrencyKey: nil, inFlightMax: nil))
        ),
    ].map { ($0, record($1)) }

    static let opening = Opening(
        bootID: BootID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF),
        softwareVersion: "0.1.0", logFormat: 0, isAfterCleanClose: true)

    static let forgotten = Forgotten(
        through: SequenceNumber(9), digest: [UInt8](repeating: 1, count: 32),
        baseDigest: [UInt8](repeating: 2, count: 32))

    static let plainDefinition = Definition(
        id: appJob, schedule: "@every 1m", dueTime: nil, ttl: nil, repeats: nil,
        failurePolicy: .standard, anchor: time, firstDue: later, expiry: nil, payload: nil,
        caller: caller)

    static let fullDefinition = Definition(
        id: actorJob, submittedAppID: "shop", concurrencyKey: "k", schedule: "0 0 8 * * mon",
        dueTime: "1h", ttl: "2100-01-01T00:00:00Z", repeats: 7,
        failurePolicy: .constant(interval: 5_000_000_000, retriesMax: 3), anchor: time,
        firstDue: later, expiry: Timestamp(seconds: 4_102_444_800),
        payload: PayloadSummary(count: 5, sha256: Array(0..<32)), caller: caller)

    static let movedDefinition = Definition(
        id: appJob, schedule: "@every 1m", dueTime: nil, ttl: nil, repeats: 9,
        failurePolicy: .drop, anchor: time, firstDue: later,
        expiry: Timestamp(seconds: 4_102_444_800),
        ticksElsewhere: TicksElsewhere(count: 5, lastDue: time), payload: nil,
        caller: Caller(api: .import, appID: "shop", peer: "jobs.gob"))

    static let requestedDeletion = deletion(.requested(caller))

    static func deletion(_ reason: Deletion.Reason) -> Deletion {
        Deletion(
            generation: SequenceNumber(0x42), previous: SequenceNumber(0x99), reason: reason)
    }

    static let rescheduling = Rescheduling(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x99), tick: 2, from: time,
        to: later)

    static let reschedulingAway = Rescheduling(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x99), tick: 2, from: time,
        to: nil)

    static let reschedulingByClock = Rescheduling(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x99), reason: .clock, tick: 2,
        from: later, to: time)

    static let presence = Presence(
        route: appJob.route, receiver: ReceiverID(9), address: "http://127.0.0.1:8080", window: 64)

    static let trigger = Trigger(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x99), tick: 2, due: time,
        attempt: 3, cause: .retry, receiver: ReceiverID(9), heldBy: .downtime)

    static let failure = Acknowledgement(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x99),
        trigger: TriggerID(SequenceNumber(0x98)), outcome: .failed, code: 500,
        next: Acknowledgement.Next(tick: 2, at: later))

    static let success = Acknowledgement(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x99),
        trigger: TriggerID(SequenceNumber(0x98)), outcome: .succeeded, code: -1, next: nil)

    static let broken = Acknowledgement(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x99),
        trigger: TriggerID(SequenceNumber(0x98)), outcome: .abandoned, code: 0,
        connectionBroke: true, next: Acknowledgement.Next(tick: 2, at: time))

    static let told = Acknowledgement(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x98),
        trigger: TriggerID(SequenceNumber(0x98)), outcome: .dropped, code: 0,
        next: Acknowledgement.Next(tick: 2, at: later),
        error: ErrorDigest(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908))

    static let skip = Skip(
        generation: SequenceNumber(0x42), previous: SequenceNumber(0x99), firstTick: 2,
        lastTick: 5, reason: .policy, next: Acknowledgement.Next(tick: 6, at: later))

    // Safe because the parts are fixed and keep to the rules of names.
    static let appJob = try! JobID(namespace: "default", target: .app("shop"), name: "report")
    // Safe because the parts are fixed and keep to the rules of names.
    static let actorJob = try! JobID(
        namespace: "default", target: .actor(type: "Cart", id: "17"), name: "remind é")
}

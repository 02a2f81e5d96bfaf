import EventLog
import EventText
import Jobs
import Testing

/// Rebuilds a record from its cells, which proves that an export is complete.
struct CellReader {
    private let values: [String: FieldValue]

    init(_ cells: [Cell]) throws {
        values = Dictionary(
            cells.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        try #require(values.count == cells.count)
    }

    func record() throws -> Record {
        Record(sequence: try sequence(.sequence), time: try time(.time), event: try event())
    }

    private func event() throws -> Event {
        switch try text(.kind) {
        case "opened": .opened(try opening())
        case "closed": .closed
        case "zoneRules": .zoneRules(ZoneRules(zone: try text(.zone), tzif: try bytes(.tzif)))
        case "created": .created(try definition())
        case "updated": .updated(try definition(), previous: try sequence(.previous))
        case "deleted":
            .deleted(
                Deletion(
                    generation: try sequence(.generation), previous: try sequence(.previous),
                    reason: try deletionReason()))
        case "deletedByPrefix":
            .deletedByPrefix(
                PrefixDeletion(
                    keyPrefix: try bytes(.keyPrefix), count: try count(.count),
                    caller: try caller()))
        case "rescheduled":
            .rescheduled(
                Rescheduling(
                    generation: try sequence(.generation), previous: try sequence(.previous),
                    reason: try choice(.reason), tick: try count(.tick), from: try time(.from),
                    to: try ifThere(.to, time)))
        case "receiverPresent": .receiverPresent(try presence())
        case "receiverAbsent": .receiverAbsent(try presence())
        case "triggered": .triggered(try trigger())
        case "acknowledged": .acknowledged(try acknowledgement())
        case "skipped":
            .skipped(
                Skip(
                    generation: try sequence(.generation), previous: try sequence(.previous),
                    firstTick: try count(.firstTick), lastTick: try count(.lastTick),
                    reason: try choice(.reason), next: try next()))
        case "frontier": .frontier
        case "clockMoved": .clockMoved(from: try time(.from), to: try time(.to))
        case "clockHeld": .clockHeld(wall: try time(.wall))
        case "clockReleased": .clockReleased(try choice(.reason))
        case "forgotten": .forgotten(try forgotten())
        case "concurrencyLimited":
            .concurrencyLimited(
                ConcurrencyLimit(
                    route: try route(), concurrencyKey: try ifThere(.concurrencyKey, text),
                    inFlightMax: try ifThere(.inFlightMax, count).map { UInt32($0) }))
        case let kind: throw Unreadable(what: kind)
        }
    }

    private func forgotten() throws -> Forgotten {
        let archive = try ifThere(.archive, text).map {
            Forgotten.Archive(name: $0, digest: try digits(.archiveDigest))
        }
        return Forgotten(
            through: try sequence(.through), digest: try digits(.digest),
            baseDigest: try digits(.baseDigest), archive: archive)
    }

    private func opening() throws -> Opening {
        let digits = try text(.bootID)
        return Opening(
            bootID: BootID(
                high: try #require(UInt64(digits.prefix(16), radix: 16)),
                low: try #require(UInt64(digits.dropFirst(16), radix: 16))),
            softwareVersion: try text(.softwareVersion), logFormat: UInt32(try count(.logFormat)),
            isAfterCleanClose: try flag(.isAfterCleanClose))
    }

    private func definition() throws -> Definition {
        try #require(try sequence(.generation) == sequence(.sequence))
        let target: Target =
            if let app = try ifThere(.app, text) { .app(app) } else {
                .actor(type: try text(.actorType), id: try text(.actorID))
            }
        return Definition(
            id: try JobID(namespace: text(.namespace), target: target, name: text(.name)),
            submittedAppID: try ifThere(.submittedAppID, text),
            concurrencyKey: try ifThere(.concurrencyKey, text),
            schedule: try ifThere(.schedule, text), dueTime: try ifThere(.dueTime, text),
            ttl: try ifThere(.ttl, text), repeats: try ifThere(.repeats, count).map(UInt32.init),
            failurePolicy: try failurePolicy(), anchor: try time(.anchor),
            firstDue: try ifThere(.firstDue, time), expiry: try ifThere(.expiry, time),
            ticksElsewhere: try ifThere(.ticksElsewhere, count).map { count in
                TicksElsewhere(count: UInt32(count), lastDue: try time(.lastDueElsewhere))
            },
            payload: try ifThere(.payloadBytes, count).map { count in
                PayloadSummary(count: UInt32(count), sha256: try digits(.payloadSHA256))
            },
            caller: try caller())
    }

    private func failurePolicy() throws -> FailurePolicy {
        guard try text(.failurePolicy) == "constant" else { return .drop }
        return .constant(
            interval: try ifThere(.retryIntervalNanoseconds, integer),
            retriesMax: try ifThere(.retriesMax, count).map(UInt32.init))
    }

    private func deletionReason() throws -> Deletion.Reason {
        switch try text(.reason) {
        case "requested": .requested(try caller())
        case "completed": .completed
        case "expired": .expired
        case "givenUp": .givenUp
        case let reason: throw Unreadable(what: reason)
        }
    }

    private func caller() throws -> Caller {
        Caller(
            api: try choice(.callerAPI), appID: try text(.callerAppID),
            peer: try text(.callerPeer))
    }

    private func presence() throws -> Presence {
        Presence(
            route: try route(), receiver: ReceiverID(UInt32(try count(.receiver))),
            address: try text(.address),
            window: UInt32(try count(.window)))
    }

    private func route() throws -> RouteKey {
        let namespace = try text(.namespace)
        return try ifThere(.app, text).map { try RouteKey(namespace: namespace, appID: $0) }
            ?? RouteKey(namespace: namespace, actorType: text(.actorType))
    }

    private func trigger() throws -> Trigger {
        Trigger(
            generation: try sequence(.generation), previous: try sequence(.previous),
            tick: try count(.tick), due: try time(.due), attempt: UInt32(try count(.attempt)),
            cause: try choice(.cause), receiver: ReceiverID(UInt32(try count(.receiver))),
            heldBy: try ifThere(.heldBy, choice))
    }

    private func acknowledgement() throws -> Acknowledgement {
        Acknowledgement(
            generation: try sequence(.generation), previous: try sequence(.previous),
            trigger: TriggerID(try sequence(.trigger)), outcome: try choice(.outcome),
            code: Int32(try integer(.code)),
            connectionBroke: try ifThere(.connectionBroke, flag) ?? false, next: try next(),
            error: try ifThere(.errorDigest, digits).map(Self.errorDigest))
    }

    private static func errorDigest(_ bytes: [UInt8]) -> ErrorDigest {
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        return ErrorDigest(low: word(bytes[0..<8]), high: word(bytes[8...]))
    }

    private func next() throws -> Acknowledgement.Next? {
        try ifThere(.nextTick, count).map { Acknowledgement.Next(tick: $0, at: try time(.nextAt)) }
    }
}

struct Unreadable: Error { let what: String }

// One field.
extension CellReader {
    private func ifThere<Value>(_ field: Field, _ read: (Field) throws -> Value) throws -> Value? {
        values[field.rawValue] == nil ? nil : try read(field)
    }

    private func choice<Choice: CaseIterable>(_ field: Field) throws -> Choice {
        let name = try text(field)
        return try #require(Choice.allCases.first { "\($0)" == name })
    }

    private func sequence(_ field: Field) throws -> SequenceNumber {
        SequenceNumber(try count(field))
    }

    private func text(_ field: Field) throws -> String {
        guard case .text(let text) = values[field.rawValue] else {
            throw Unreadable(what: field.rawValue)
        }
        return text
    }

    private func count(_ field: Field) throws -> UInt64 {
        guard case .count(let count) = values[field.rawValue] else {
            throw Unreadable(what: field.rawValue)
        }
        return count
    }

    private func integer(_ field: Field) throws -> Int64 {
        guard case .integer(let number) = values[field.rawValue] else {
            throw Unreadable(what: field.rawValue)
        }
        return number
    }

    private func flag(_ field: Field) throws -> Bool {
        guard case .flag(let flag) = values[field.rawValue] else {
            throw Unreadable(what: field.rawValue)
        }
        return flag
    }

    private func time(_ field: Field) throws -> Timestamp {
        guard case .instant(let instant) = values[field.rawValue] else {
            throw Unreadable(what: field.rawValue)
        }
        return instant
    }

    private func bytes(_ field: Field) throws -> [UInt8] {
        guard case .bytes(let bytes) = values[field.rawValue] else {
            throw Unreadable(what: field.rawValue)
        }
        return bytes
    }

    private func digits(_ field: Field) throws -> [UInt8] {
        guard case .digits(let bytes) = values[field.rawValue] else {
            throw Unreadable(what: field.rawValue)
        }
        return bytes
    }
}

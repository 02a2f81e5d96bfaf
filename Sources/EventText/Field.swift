// The names of event fields for other programs. Fields.md says what each means; the meaning of a
// name never changes.

package import EventLog

/// The fields an event can have, in the order of an export's columns.
package enum Field: String, CaseIterable, Sendable {
    case sequence, time, kind

    // The job, app or actor it belongs to.
    case namespace, app, actorType, actorID, name
    case appPrefix, actorTypePrefix, actorIDPrefix, namePrefix
    case generation, previous

    // A job as accepted.
    case schedule, dueTime, ttl, repeats, failurePolicy, retryIntervalNanoseconds, retriesMax
    case anchor, firstDue, expiry, ticksElsewhere, lastDueElsewhere
    case submittedAppID, concurrencyKey
    case payloadBytes, payloadSHA256, payloadType, payload

    // Its ticks.
    case tick, due, attempt, cause, heldBy, trigger, outcome, code, connectionBroke
    case errorDigest, error
    case firstTick, lastTick, from, to, nextTick, nextAt

    // Its end, and the caller.
    case reason, count, keyPrefix, callerAPI, callerAppID, callerPeer

    // Receivers.
    case receiver, address, window, inFlightMax

    // The writer and its clock.
    case through, digest, baseDigest, archive, archiveDigest
    case bootID, softwareVersion, logFormat, isAfterCleanClose, zone, tzif, wall
}

/// The value of a field.
package enum FieldValue: Equatable, Sendable {
    case text(String)
    case count(UInt64)
    case integer(Int64)
    /// An array in JSON; elsewhere separated by spaces.
    case counts([UInt64])
    case flag(Bool)
    /// RFC 3339 in UTC, with as many decimals as needed.
    case instant(Timestamp)
    /// Lower-case hexadecimal digits.
    case digits([UInt8])
    /// Base64.
    case bytes([UInt8])
}

/// A name and its value.
package struct Cell: Equatable, Sendable {
    package let name: String
    package let value: FieldValue

    package init(_ name: String, _ value: FieldValue) {
        self.name = name
        self.value = value
    }

    /// `nil` if there is no value: absent fields are left out.
    package init?(_ name: String, _ value: FieldValue?) {
        guard let value else { return nil }
        self.init(name, value)
    }
}

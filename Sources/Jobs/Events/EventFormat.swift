// The bytes of events: a fixed header of 32 bytes, then the fields of the kind. Everything is
// little endian and unpadded; every accepted byte string is the only encoding of its event. The
// tables are in EventFormat.md.

import EventLog

package enum EventCodec {
    /// Written into every `opened` event and into the log itself. Format 0 comes with no
    /// compatibility promise.
    package static let format: UInt32 = 0
    /// Size of the header in bytes.
    package static let headerSize = 32
    /// The most bytes of a text or key. Encoding a longer one is a programming error: requests are
    /// limited to far less.
    package static let textBytesMax = Int(UInt16.max)
}

/// The first 32 bytes of every event.
struct EventHeader {
    /// Byte 0.
    var kind: EventKind
    /// Byte 1: the variant of the kind (a trigger's cause, an outcome, a reason), else 0.
    var variant: UInt8 = 0
    /// Bytes 2–3: which optional fields are present. Bits without a meaning are 0.
    var flags: EventFlags = []
    /// Bytes 4–7: a small number specific to the kind (an attempt, a code), else 0.
    var detail: UInt32 = 0
    /// Bytes 8–15.
    var time: Timestamp
    /// Bytes 16–23; zero for events that belong to no job.
    var generation = SequenceNumber.zero
    /// Bytes 24–31; zero where there is no earlier event of the job.
    var previous = SequenceNumber.zero
}

/// Bits of a header's flags; their meaning depends on the kind.
struct EventFlags: OptionSet {
    let rawValue: UInt16

    static let afterCleanClose = EventFlags(rawValue: 1 << 0)
    /// Of `concurrencyLimited`: the limit applies to jobs with a key.
    static let gateKey = EventFlags(rawValue: 1 << 0)
    /// Of `concurrencyLimited`: there is a limit; without this bit the gate is open.
    static let limit = EventFlags(rawValue: 1 << 1)
    /// Of `forgotten`: the file in which the records are kept.
    static let archive = EventFlags(rawValue: 1 << 0)
    /// Of `acknowledged`, `rescheduled` and `skipped`.
    static let next = EventFlags(rawValue: 1 << 0)
    /// Of `acknowledged`.
    static let connectionBroke = EventFlags(rawValue: 1 << 1)
    /// Of `acknowledged`: the digest of an error text.
    static let error = EventFlags(rawValue: 1 << 2)

    // Of `created` and `updated`.
    static let submittedAppID = EventFlags(rawValue: 1 << 0)
    static let concurrencyKey = EventFlags(rawValue: 1 << 1)
    static let schedule = EventFlags(rawValue: 1 << 2)
    static let dueTime = EventFlags(rawValue: 1 << 3)
    static let ttl = EventFlags(rawValue: 1 << 4)
    static let repeats = EventFlags(rawValue: 1 << 5)
    static let firstDue = EventFlags(rawValue: 1 << 6)
    static let expiry = EventFlags(rawValue: 1 << 7)
    static let payload = EventFlags(rawValue: 1 << 8)
    static let retryInterval = EventFlags(rawValue: 1 << 9)
    static let retriesMax = EventFlags(rawValue: 1 << 10)
    static let ofDefinition = EventFlags(rawValue: (1 << 11) - 1)
    /// Of `created` alone: a job that replaces another begins anew.
    static let ticksElsewhere = EventFlags(rawValue: 1 << 11)
}

/// Numbers for the enums with payloads; the others have raw values.
enum EventVariant {
    static let drop: UInt8 = 1
    static let constant: UInt8 = 2

    static let requested: UInt8 = 1
    static let completed: UInt8 = 2
    static let expired: UInt8 = 3
    static let givenUp: UInt8 = 4
}

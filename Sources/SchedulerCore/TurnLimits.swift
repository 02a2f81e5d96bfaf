/// Bounds of a turn and of what goes wrong in it.
package enum TurnLimits {
    /// Events of one turn.
    package static let turnEventsMax = 1_000
    /// Bytes of payloads and events the commands of a turn may make durable; a single larger one
    /// stands alone. A log takes 8 MiB a turn; the rest is for events that carry no caller's texts.
    package static let turnBytesMax = 7 << 20
    /// Jobs of one page of a list, at most.
    package static let pageJobsMax = 1_000
    /// After so many jobs listed in a turn commands wait for the next: what is read for them keeps
    /// the writer from its clock.
    static let turnListedMax = 1_000
    /// Bytes of an event's fields of fixed size, at most.
    static let eventFixedBytesMax = 256
    /// Events one input can lead to: an answer, and the end of its job. A command may also bring
    /// the rules of a zone.
    static let inputEventsMax = 2
    /// Room kept in every turn for `closed`.
    static let closingEvents = 1
    /// Room kept for commands in a turn, so that a flood of due ticks does not shut them out.
    static let commandsReserved = 250
    /// From this attempt of a tick on, retries are at least a second apart.
    package static let eagerAttemptsMax: UInt32 = 10
    static let patientRetryInterval: Int64 = 1_000_000_000
    /// From this break of a connection in a row on, each is a failed attempt of its tick.
    static let failingBreak: UInt8 = 3
    /// After so many breaks in a row a tick is sent alone: the next break shall prove something.
    static let suspectBreaks: UInt8 = failingBreak - 1
    /// How long a route sends nothing more so that a suspect can be sent alone, at most: 30 s.
    static let drainMax: Int64 = 30_000_000_000
    /// How long a receiver is sent nothing else while it has a suspect, at most: 30 s.
    static let aloneMax: Int64 = 30_000_000_000
    /// How long a process rests after a turn that could not be stored: 100 ms.
    package static let refusalPause: Int64 = 100_000_000
    /// How long a writer is idle before it records that it is alive: 10 s.
    package static let frontierInterval: Int64 = 10_000_000_000
}

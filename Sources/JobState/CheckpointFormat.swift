// What a checkpoint's writer and its reader agree on. Byte by byte in CheckpointFile.md. It carries
// no promise between versions: a reader that does not know the format folds the log instead.

enum CheckpointFormat {
    static let magic = Array("DaybookC".utf8)
    /// Raised with every change of the form, and of what the fold makes of a log: a checkpoint must
    /// say what folding from the beginning says.
    static let number: UInt32 = 3
    /// Magic and format, at the same place in every format.
    static let preambleBytes = 12
    /// A block's length, before its contents.
    static let lengthBytes = 4
    static let digestBytes = 32
}

/// What a row has beside its fixed fields.
struct CheckpointRowFlags: OptionSet {
    let rawValue: UInt8

    static let payload = CheckpointRowFlags(rawValue: 1 << 0)
    static let behindPredecessor = CheckpointRowFlags(rawValue: 1 << 1)
    static let repeats = CheckpointRowFlags(rawValue: 1 << 2)
    static let expiry = CheckpointRowFlags(rawValue: 1 << 3)
    /// The failure policy is `constant`, not `drop`.
    static let constant = CheckpointRowFlags(rawValue: 1 << 4)
    static let retryInterval = CheckpointRowFlags(rawValue: 1 << 5)
    static let retriesMax = CheckpointRowFlags(rawValue: 1 << 6)
    static let metadata = CheckpointRowFlags(rawValue: 1 << 7)
}

/// The phase of a row's tick. While it waits, this is the number of the cause instead.
enum CheckpointPhase {
    static let finished: UInt8 = 0
    static let inFlight: UInt8 = 255
}

/// What a row says of its schedule.
enum CheckpointScheduleReference {
    static let none: UInt32 = 0
    /// It follows the row, and takes the next place.
    static let new: UInt32 = 1
    /// Added to a place.
    static let first: UInt32 = 2
}

enum CheckpointScheduleKind: UInt8 {
    case every = 1
    case cron = 2
    case zonedCron = 3
}

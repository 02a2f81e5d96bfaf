// The format of a checkpoint; CheckpointFile.md describes every byte. There is no promise between
// versions: a reader that does not know the format folds the log instead.

enum CheckpointFormat {
    static let magic = Array("DaybookC".utf8)
    /// Raised with every change of the format and of the fold's results: a checkpoint must equal
    /// the result of folding from the beginning.
    static let number: UInt32 = 6
    /// Magic bytes and format number, at the same place in every format.
    static let preambleBytes = 12
    /// A block's length, before its contents.
    static let lengthBytes = 4
    static let digestBytes = 32
}

/// Which optional parts a row has.
struct CheckpointRowFlags: OptionSet {
    let rawValue: UInt16

    static let payload = CheckpointRowFlags(rawValue: 1 << 0)
    static let behindPredecessor = CheckpointRowFlags(rawValue: 1 << 1)
    static let repeats = CheckpointRowFlags(rawValue: 1 << 2)
    static let expiry = CheckpointRowFlags(rawValue: 1 << 3)
    /// The failure policy is `constant`, not `drop`.
    static let constant = CheckpointRowFlags(rawValue: 1 << 4)
    static let retryInterval = CheckpointRowFlags(rawValue: 1 << 5)
    static let retriesMax = CheckpointRowFlags(rawValue: 1 << 6)
    static let metadata = CheckpointRowFlags(rawValue: 1 << 7)
    static let dueAfterSpan = CheckpointRowFlags(rawValue: 1 << 8)
    static let expiringAfterSpan = CheckpointRowFlags(rawValue: 1 << 9)
    static let failing = CheckpointRowFlags(rawValue: 1 << 10)
    static let all = CheckpointRowFlags(rawValue: (1 << 11) - 1)
}

/// The phase of a row's tick. For a waiting tick this is the number of the cause instead.
enum CheckpointPhase {
    static let finished: UInt8 = 0
    static let inFlight: UInt8 = 255
}

/// How a row refers to its schedule.
enum CheckpointScheduleReference {
    static let none: UInt32 = 0
    /// The schedule follows the row and gets the next place.
    static let new: UInt32 = 1
    /// Added to a place.
    static let first: UInt32 = 2
}

enum CheckpointScheduleKind: UInt8 {
    case every = 1
    case cron = 2
    case zonedCron = 3
}

/// A failure outside the program that affects the log. Cases are named by what the caller can do
/// about them.
package enum LogError: Error, Equatable, Sendable {
    /// Another process is the writer. Nothing was written; try again when it has ended.
    case locked(by: String)
    /// Another writer appended after the head this writer knew, so this one is no longer the
    /// writer. Drop the state and acquire the log again.
    case superseded(head: SequenceNumber)
    /// The turn is not in the log, and the log is unchanged. Undo the turn, answer "unavailable",
    /// and continue.
    case notStored(Refusal, detail: String)
    /// The log cannot be opened here: missing, unreadable, not a Daybook log, or on a file system
    /// LMDB cannot use.
    case cannotOpen(String)
    /// Written by a newer Daybook.
    case unknownFormat(found: UInt32, supported: UInt32)
    /// The stored data is not what was written. `at` is the first bad sequence number, if known.
    case damaged(at: SequenceNumber?, detail: String)
    /// The disk failed to read or sync, or a commit's outcome cannot be known. Exit; only a new
    /// process may open the log again.
    case broken(String)

    package enum Refusal: Equatable, Sendable {
        /// The disk or the map is full. Appends succeed again when there is space.
        case full
        /// The turn was refused for another reason that may pass.
        case transient
    }
}

extension LogError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .locked(let owner): "the data directory is in use by \(owner)"
        case .superseded(let head): "another writer has appended up to \(head)"
        case .notStored(.full, let detail): "no space left to store the turn: \(detail)"
        case .notStored(.transient, let detail): "the turn could not be stored: \(detail)"
        case .cannotOpen(let detail): detail
        case .unknownFormat(let found, let supported):
            "the log has format \(found); this program reads up to format \(supported)"
        case .damaged(.some(let sequence), let detail):
            "the log is damaged at record \(sequence): \(detail)"
        case .damaged(nil, let detail): "the log is damaged: \(detail)"
        case .broken(let detail): "the disk failed: \(detail)"
        }
    }
}

/// The world failing under the log. Cases are named by what the caller can do about them.
package enum LogError: Error, Equatable, Sendable {
    /// Another process is the writer. Nothing was written; try when it is gone.
    case locked(by: String)
    /// Somebody appended after the head this writer knew: it is no longer the writer. Drop the
    /// state and acquire anew.
    case superseded(head: SequenceNumber)
    /// The turn is not in the log, and the log is as it was. Undo the turn, answer "unavailable",
    /// go on.
    case notStored(Refusal, detail: String)
    /// The log cannot be opened here: missing, unreadable, not ours, on a file system LMDB cannot
    /// use.
    case cannotOpen(String)
    /// Written by a newer Daybook.
    case unknownFormat(found: UInt32, supported: UInt32)
    /// What is stored is not what was written. `at` is the first bad sequence number if one is
    /// known.
    case damaged(at: SequenceNumber?, detail: String)
    /// The disk failed to read or sync, or a commit's outcome cannot be known. Exit; only a new
    /// process may look again.
    case broken(String)

    package enum Refusal: Equatable, Sendable {
        /// The disk or the map is full. Heals when space returns.
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

import EventLog
import Jobs

/// The rules of zones in the log so far.
struct ZoneHistory {
    private(set) var tables: ZoneTables = [:]
    private(set) var changes: [String: Change] = [:]

    struct Change {
        /// The record of the new rules.
        let sequence: SequenceNumber
        /// When the process that recorded them began.
        let opened: Timestamp
    }

    mutating func set(
        _ zone: String, _ table: ZoneTable, at sequence: SequenceNumber, opened: Timestamp
    ) {
        if tables.updateValue(table, forKey: zone) != nil {
            changes[zone] = Change(sequence: sequence, opened: opened)
        }
    }
}

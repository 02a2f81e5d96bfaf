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

extension ZoneHistory: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        for _ in 0..<(try state.count()) {
            let zone = try state.text()
            let offsets = try state.all { state throws(AuditStateError) in
                OffsetTimeline.Change(
                    start: try state.word(), offset: Int32(truncatingIfNeeded: try state.word()))
            }
            guard let timeline = OffsetTimeline(changes: offsets) else {
                throw state.error("the offsets of a zone are not in order")
            }
            tables[zone] = ZoneTable(timeline)
            changes[zone] = try state.partIfAny()
        }
    }

    func append(to state: inout AuditStateWriter) {
        state.add(all: tables.keys.sorted()) { zone, state in
            state.add(zone)
            state.add(all: tables[zone]?.timeline.changes ?? []) { change, state in
                state.add(word: change.start)
                state.add(word: Int64(change.offset))
            }
            state.add(changes[zone])
        }
    }
}

extension ZoneHistory.Change: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        sequence = try state.sequence()
        opened = try state.time()
    }

    func append(to state: inout AuditStateWriter) {
        state.add(sequence)
        state.add(opened)
    }
}

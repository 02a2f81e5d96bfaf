import EventLog
import Jobs

/// A log of events that need not be possible.
struct ToldLog {
    private let storage: MemoryStorage
    private(set) var head = SequenceNumber.zero

    /// `payloads` are by the number of the record that they belong to.
    init(_ events: [Event], payloads: [UInt64: [UInt8]] = [:]) throws {
        storage = MemoryStorage(identity: LogID.random())
        var log = MemoryLog(acquiring: storage)
        for start in stride(from: 0, to: events.count, by: 1_000) {
            var records = RecordBatch(first: head.next)
            for event in events[start..<min(start + 1_000, events.count)] {
                let record = Record(
                    sequence: records.last.next, time: Timestamp(seconds: 1), event: event)
                records.append { EventCodec.encode(record, into: &$0) }
            }
            let turn = Turn(
                records: records,
                payloads: payloads.sorted { $0.key < $1.key }.map {
                    Turn.Payload(generation: SequenceNumber($0.key), bytes: $0.value)
                }, time: Timestamp(seconds: 1), decidedThrough: .earliest)
            head = try log.append(turn, after: head).last
        }
    }

    var reader: MemoryLog { MemoryLog(acquiring: storage) }
}

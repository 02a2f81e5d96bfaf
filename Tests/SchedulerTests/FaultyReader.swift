import EventLog
import Synchronization

/// A reader that finds damage, or has to wait.
final class FaultyReader: LogReader, Sendable {
    enum Fault: Sendable, CaseIterable {
        /// A record's checksum fails.
        case unreadable
        /// A record has been replaced, with a correct checksum.
        case changed
        /// A record and all after it are missing.
        case missing
    }

    final class Faults: Sendable {
        let fault = Mutex<(kind: Fault, place: SequenceNumber)?>(nil)
        /// Reads wait while it is true.
        let isHeld = Mutex(false)
        let reads = Mutex(0)
        /// Number of readers that are still in use.
        let readers = Mutex(0)
    }

    private let log: any LogReader & Sendable
    private let faults: Faults

    init(_ log: any LogReader & Sendable, _ faults: Faults) {
        self.log = log
        self.faults = faults
        faults.readers.withLock { $0 += 1 }
    }

    deinit { faults.readers.withLock { $0 -= 1 } }

    var identity: LogID { log.identity }
    func head() throws(LogError) -> Seal { try log.head() }

    func read(after sequence: SequenceNumber, limit: Int) throws(LogError) -> LogPage {
        faults.reads.withLock { $0 += 1 }
        while faults.isHeld.withLock({ $0 }) {}
        let page = try log.read(after: sequence, limit: limit)
        guard let (kind, place) = faults.fault.withLock({ $0 }), page.records.last >= place else {
            return page
        }
        switch kind {
        case .unreadable: throw .damaged(at: place, detail: "test")
        case .changed:
            var records = RecordBatch(first: page.records.first)
            for index in 0..<page.records.count {
                var bytes = Array(page.records.bytes[page.records.range(at: index)])
                if page.records.sequence(at: index) == place { bytes[bytes.count - 1] ^= 1 }
                bytes.withUnsafeBytes { records.append($0) }
            }
            return LogPage(records: records, seals: page.seals)
        case .missing:
            let rest = Int(place.rawValue - page.records.first.rawValue)
            guard rest > 0 else {
                return LogPage(records: RecordBatch(first: page.records.first), seals: [])
            }
            return try log.read(after: sequence, limit: rest)
        }
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        try log.payload(of: generation)
    }
}

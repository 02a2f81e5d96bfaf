import Jobs

/// Triggers in flight on a route by receiver, and the suspects among them.
struct ReceiverLoads {
    /// By receiver; only triggers that the current writer sent, because receivers of other processes may
    /// have had the same number.
    private var counts: [ReceiverID: Int] = [:]
    /// Suspects in flight. A receiver with one may not take other triggers.
    private(set) var suspectCount = 0

    func count(beside id: ReceiverID) -> Int { counts[id] ?? 0 }

    /// Called when another process becomes the writer.
    mutating func forgetReceivers() { counts = [:] }

    mutating func send(_ flight: Flight) {
        counts[flight.receiver, default: 0] += 1
        if flight.isSuspect { suspectCount += 1 }
    }

    /// `isOfWriter` says whether the current writer sent it.
    mutating func settle(_ flight: Flight, isOfWriter: Bool) {
        if flight.isSuspect { suspectCount -= 1 }
        guard isOfWriter, let count = counts[flight.receiver] else { return }
        counts[flight.receiver] = count > 1 ? count - 1 : nil
    }
}

extension ReceiverLoads: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        for _ in 0..<(try state.count()) {
            counts[ReceiverID(try state.number(UInt32.self))] = try state.count()
        }
        suspectCount = try state.count()
    }

    func append(to state: inout AuditStateWriter) {
        state.add(all: counts.sorted { $0.key < $1.key }) { load, state in
            state.add(UInt64(load.key.rawValue))
            state.add(load.value)
        }
        state.add(suspectCount)
    }
}

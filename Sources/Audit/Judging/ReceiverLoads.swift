import Jobs

/// What is in flight on a route, as far as it matters who is beside whom.
struct ReceiverLoads {
    /// By receiver, of the triggers that the writer sent; receivers of other processes may have had
    /// the same number.
    private var counts: [ReceiverID: Int] = [:]
    /// A receiver may take nothing beside one.
    private(set) var suspectCount = 0

    func count(beside id: ReceiverID) -> Int { counts[id] ?? 0 }

    /// Another process is the writer.
    mutating func forgetReceivers() { counts = [:] }

    mutating func send(_ flight: Flight) {
        counts[flight.receiver, default: 0] += 1
        if flight.isSuspect { suspectCount += 1 }
    }

    /// `isOfWriter` if the process sent it that is the writer.
    mutating func settle(_ flight: Flight, isOfWriter: Bool) {
        if flight.isSuspect { suspectCount -= 1 }
        guard isOfWriter, let count = counts[flight.receiver] else { return }
        counts[flight.receiver] = count > 1 ? count - 1 : nil
    }
}

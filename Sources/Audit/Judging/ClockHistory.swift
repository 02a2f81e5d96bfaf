import EventLog

/// The clock of a log so far.
struct ClockHistory {
    /// Jumps that are remembered: as many as the scheduler itself remembers.
    private static let jumpsMax = 64
    /// Due times that are remembered, to find those that a clock ahead used up.
    private static let duesMax = 100_000

    struct Jump {
        let sequence: SequenceNumber
        let from: Timestamp
        let to: Timestamp
    }

    private(set) var jumps: [Jump] = []
    /// Since when it is held.
    var heldSince: LogMoment?
    /// When it was last believed again, or put forward.
    var changed = LogMoment(sequence: .zero, time: .earliest)
    /// The due times of the last ticks that were triggered for the first time.
    private var dues: [Timestamp] = []

    mutating func add(_ jump: Jump) {
        if jumps.count == Self.jumpsMax { jumps.removeFirst() }
        jumps.append(jump)
    }

    /// The sum of the jumps after `sequence`, in nanoseconds.
    func sum(after sequence: SequenceNumber) -> Int64 {
        jumps.reduce(Int64(0)) { sum, jump in
            jump.sequence > sequence
                ? sum.clampedAdding(jump.to.nanoseconds(since: jump.from)) : sum
        }
    }

    mutating func note(due: Timestamp) {
        if dues.count == 2 * Self.duesMax { dues.removeFirst(Self.duesMax) }
        dues.append(due)
    }

    /// How many of the last ticks were due after `time`; they are not counted again.
    mutating func takeDues(after time: Timestamp) -> Int {
        let count = dues.count { $0 > time }
        dues.removeAll()
        return count
    }
}

extension ClockHistory: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        jumps = try state.all { state throws(AuditStateError) in
            Jump(sequence: try state.sequence(), from: try state.time(), to: try state.time())
        }
        heldSince = try state.partIfAny()
        changed = try state.part()
        dues = try state.all { state throws(AuditStateError) in try state.time() }
    }

    func append(to state: inout AuditStateWriter) {
        state.add(all: jumps) { jump, state in
            state.add(jump.sequence)
            state.add(jump.from)
            state.add(jump.to)
        }
        state.add(heldSince)
        state.add(changed)
        state.add(all: dues) { $1.add($0) }
    }
}

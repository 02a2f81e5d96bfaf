// Inputs that wait for a turn. A turn looks at no more than it can take, so a client that reports a
// million receivers delays nobody's answers and commands, and no turn walks them all.

import Jobs

package struct PendingInputs: Sendable {
    /// Inputs of one turn, besides reports of new receivers and limits.
    static let turnInputsMax = 2 * TurnLimits.turnEventsMax
    /// Reports of new receivers and limits in one turn.
    static let turnArrivalsMax = TurnLimits.commandsReserved

    /// In the order of arrival, which matters: a receiver is gone before its triggers come back.
    private var inputs = InputQueue()
    /// What is new, and what ends it while it waits here: nothing else depends on it yet.
    private var arrivals = InputQueue()
    private var waitingReceivers: Set<ReceiverID> = []
    private var waitingLimits: Set<LimitID> = []

    package var count: Int { inputs.count + arrivals.count }
    package var isEmpty: Bool { inputs.isEmpty && arrivals.isEmpty }
    package var hasCommands: Bool { inputs.commandCount > 0 }

    /// What the next turn looks at, once `arrived` has arrived.
    mutating func takeTurn(with arrived: [Input]) -> [Input] {
        // Mostly nothing waits and all fits: then nothing is copied.
        if isEmpty, arrived.count <= PendingInputs.turnInputsMax,
            !arrived.contains(where: \.isArrival)
        {
            return arrived
        }
        add(arrived)
        return take()
    }

    mutating func add(_ arrived: [Input]) {
        for input in arrived {
            if isArriving(input) { arrivals.append(input) } else { inputs.append(input) }
        }
    }

    /// Whether an input belongs to the arrivals; of a report it is noted that it waits there.
    private mutating func isArriving(_ input: Input) -> Bool {
        switch input {
        case .receiverPresent(let presence, _):
            waitingReceivers.insert(presence.receiver)
            return true
        case .limitPresent(let limit, _):
            waitingLimits.insert(limit)
            return true
        case .receiverAbsent(let receiver, _): return waitingReceivers.contains(receiver)
        // A limit that takes the place of another must be there when that one goes.
        case .limitAbsent: return !waitingLimits.isEmpty
        default: return false
        }
    }

    /// Takes what the next turn looks at.
    mutating func take() -> [Input] {
        let new = arrivals.take(PendingInputs.turnArrivalsMax)
        for input in new {
            switch input {
            case .receiverPresent(let presence, _): waitingReceivers.remove(presence.receiver)
            case .limitPresent(let limit, _): waitingLimits.remove(limit)
            default: break
            }
        }
        return inputs.take(PendingInputs.turnInputsMax) + new
    }

    /// Puts back what did not fit: it comes first in the next turn.
    mutating func putBack(_ inputs: [Input]) {
        var (rest, new): ([Input], [Input]) = ([], [])
        for input in inputs {
            if isArriving(input) { new.append(input) } else { rest.append(input) }
        }
        self.inputs.prepend(rest)
        arrivals.prepend(new)
    }
}

/// First in, first out; taking costs what is taken.
private struct InputQueue: Sendable {
    private var items: [Input] = []
    private var start = 0
    private(set) var commandCount = 0

    var count: Int { items.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ input: Input) {
        if input.isCommand { commandCount += 1 }
        items.append(input)
    }

    mutating func prepend(_ inputs: [Input]) {
        guard !inputs.isEmpty else { return }
        commandCount += inputs.count { $0.isCommand }
        if inputs.count <= start {
            start -= inputs.count
            items.replaceSubrange(start..<start + inputs.count, with: inputs)
        } else {
            items.replaceSubrange(0..<start, with: inputs)
            start = 0
        }
    }

    mutating func take(_ count: Int) -> [Input] {
        let taken = Array(items[start..<min(items.count, start + count)])
        commandCount -= taken.count { $0.isCommand }
        start += taken.count
        if start == items.count {
            items.removeAll(keepingCapacity: items.count <= PendingInputs.turnInputsMax)
            start = 0
        } else if start > items.count / 2 {
            items.removeFirst(start)
            start = 0
        }
        return taken
    }
}

// The order on which every promise rests: decide, make durable, and only then send anything. The
// server's writer, simulated processes and the tests of the decider all use this code:
//
//     begin -> (the log takes the turn) -> stored  -> send, then answer, then sleep
//           -> (the log refuses it)     -> refused -> as if it had never begun
//
// The caller appends the turn in between. If it is unknown whether a turn was stored, the process ends:
// only the next process can find out.

package import EventLog
package import JobState
package import Jobs

package struct TurnCycle: Sendable {
    package private(set) var machine: SchedulerStateMachine
    /// Inputs that did not fit in the last turn, or were refused with it.
    package private(set) var pending = PendingInputs()
    /// When to take a turn even if nothing arrives.
    package private(set) var wakeAt = Timestamp.earliest

    /// Creates a cycle that continues `projection`. The first turn must be begun with `open`.
    package init(continuing projection: JobProjection) {
        machine = SchedulerStateMachine(continuing: projection)
    }

    /// Begins the first turn: this process is the writer now. `changedRules` are the rules of known
    /// zones that differ from the log's.
    package mutating func open(
        bootID: BootID, softwareVersion: String, changedRules: [ZoneRules], now: Timestamp
    ) -> DecidedTurn {
        DecidedTurn(
            effects: machine.open(
                bootID: bootID, softwareVersion: softwareVersion, changedRules: changedRules,
                now: now),
            inputs: [], time: now)
    }

    /// Begins a turn with the pending inputs followed by those that arrived: the pending ones are older,
    /// and of two reports about one thing the later counts.
    package mutating func begin(_ arrived: [Input], now: Timestamp) -> DecidedTurn {
        let inputs = pending.takeTurn(with: arrived)
        return DecidedTurn(effects: machine.step(inputs, now: now), inputs: inputs, time: now)
    }

    /// The turn is durable, or had nothing to store. Returns what may leave the process, in this order.
    package mutating func stored(_ turn: consuming DecidedTurn) -> [Release] {
        let effects = turn.effects
        pending.putBack(effects.deferred)
        wakeAt = pending.isEmpty ? effects.wakeAt : turn.time
        var releases: [Release] = []
        if !effects.deliveries.isEmpty { releases.append(.deliveries(effects.deliveries)) }
        if !effects.replies.isEmpty { releases.append(.replies(effects.replies)) }
        return releases
    }

    /// The log did not take the turn, and the decider undoes it. Returns the commands that are refused
    /// with it, including reads, because their replies may rest on what was not stored. All other inputs
    /// come again in the next turn, after a pause.
    package mutating func refused(
        _ turn: consuming DecidedTurn, now: Timestamp
    ) -> [ReplyToken] {
        let tokens = turn.effects.replies.map(\.token)
        if let undo = turn.effects.undo { machine.undo(undo) }
        let refused = Set(tokens)
        pending.putBack(
            turn.inputs.filter { input in
                guard case .command(_, let token) = input else { return true }
                return !refused.contains(token)
            })
        wakeAt = now.clampedAdding(nanoseconds: TurnLimits.refusalPause)
        return tokens
    }

    /// Drops the pending inputs, because the process is closing.
    package mutating func dropPending() { pending = PendingInputs() }
}

/// A turn that is decided and not durable yet. It ends exactly once, by `stored` or `refused`.
package struct DecidedTurn: ~Copyable {
    package let effects: Effects
    /// What it looks at.
    package let inputs: [Input]
    /// When it was begun.
    fileprivate let time: Timestamp

    /// What the log must store before anything is sent; `nil` if there is nothing to store.
    package var turn: Turn? {
        guard let first = effects.events.first else { return nil }
        var records = RecordBatch(first: first.sequence)
        for record in effects.events { records.append { EventCodec.encode(record, into: &$0) } }
        return Turn(
            records: records, payloads: effects.payloads, time: first.time,
            decidedThrough: effects.decidedThrough)
    }
}

/// What leaves a process after a turn.
package enum Release: Sendable {
    case deliveries([Delivery])
    case replies([(token: ReplyToken, reply: Reply)])
}

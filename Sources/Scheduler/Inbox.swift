// What arrived since the last turn. Any thread puts, and the writer takes everything at once: while one
// turn is being synced, inputs for the next one gather (group commit). Commands are bounded; answers and
// reports about receivers are not, because refusing them would lose what already happened.

import Jobs
import SchedulerCore
import Synchronization

final class Inbox: Sendable {
    /// Called exactly once, unless the writer fails: then nothing may be answered, and the process ends.
    /// Called on the writer's thread, so it must return at once.
    typealias Waiter = @Sendable (Response) -> Void

    struct Arrivals {
        var inputs: [Input] = []
        var commands: [(command: Command, waiter: Waiter)] = []
        var isStopping = false
    }

    private struct Contents {
        var arrivals = Arrivals()
        var bytes = 0
        var isClosed = false
    }

    private let contents = Mutex(Contents())
    private let doorbell = Doorbell()

    /// Puts a command. If it is rejected, the waiter is not kept.
    func put(_ command: Command, _ waiter: @escaping Waiter) -> Rejection? {
        let bytes = command.payloadBytes
        let rejection: Rejection? = contents.withLock { contents in
            if contents.isClosed { return .stopping }
            guard contents.arrivals.commands.count < SchedulerLimits.waitingCommandsMax,
                contents.bytes + bytes <= SchedulerLimits.waitingBytesMax
            else { return .overloaded }
            contents.arrivals.commands.append((command, waiter))
            contents.bytes += bytes
            return nil
        }
        if rejection == nil { doorbell.ring() }
        return rejection
    }

    func put(_ input: Input) {
        contents.withLock { $0.arrivals.inputs.append(input) }
        doorbell.ring()
    }

    /// Puts inputs that arrived together, in their order.
    func put(_ inputs: [Input]) {
        contents.withLock { $0.arrivals.inputs += inputs }
        doorbell.ring()
    }

    /// Number of inputs that wait for the next turn.
    var depth: (commands: Int, reports: Int) {
        contents.withLock { ($0.arrivals.commands.count, $0.arrivals.inputs.count) }
    }

    /// Asks the writer to drain and close.
    func stop() {
        contents.withLock { $0.arrivals.isStopping = true }
        doorbell.ring()
    }

    /// The writer has ended: waiting commands are refused, and so are all that come later.
    func close() {
        let left = contents.withLock { contents in
            contents.isClosed = true
            defer { contents.arrivals = Arrivals() }
            return contents.arrivals.commands
        }
        for (_, waiter) in left { waiter(.rejected(.stopping)) }
    }

    /// Waits until something arrives, at most `nanoseconds` of the monotonic clock, and takes everything.
    /// With `keepingCommands`, commands stay and count against the bounds: the writer still has some that
    /// did not fit in a turn.
    func take(waiting nanoseconds: Int64, keepingCommands: Bool) -> Arrivals {
        let isEmpty = contents.withLock {
            $0.arrivals.inputs.isEmpty && $0.arrivals.commands.isEmpty
        }
        if nanoseconds > 0, isEmpty { doorbell.wait(nanoseconds) }
        return contents.withLock { contents in
            var taken = contents.arrivals
            contents.arrivals.inputs = []
            if keepingCommands {
                taken.commands = []
            } else {
                contents.arrivals.commands = []
                contents.bytes = 0
            }
            return taken
        }
    }
}

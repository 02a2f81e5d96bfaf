// The connections of one listener. A connection that takes too long over one request or answer is
// closed, and when all places are taken the one that has rested longest makes room: clients that leak
// connections, send a byte a minute or read no answers shut nobody out.

import NIOCore
import Synchronization

final class Connections: Sendable {
    /// How long a connection may send one request, or take one answer.
    static let exchangeMax = TimeAmount.seconds(120)
    /// How long one must have been at it before it makes room for another.
    static let patience = TimeAmount.seconds(5)
    private static let sweepInterval = TimeAmount.seconds(10)

    /// What a connection is doing.
    enum Phase: Sendable {
        case idle
        /// From the first byte of a request to its last.
        case receiving
        /// The request is whole and its answer has not begun.
        case handling
        case answering
    }

    /// One connection.
    final class Connection: Sendable {
        fileprivate let channel: any Channel
        private let owner: Connections
        private let state: Mutex<(phase: Phase, since: NIODeadline)>

        fileprivate init(_ channel: any Channel, of owner: Connections) {
            self.channel = channel
            self.owner = owner
            state = Mutex((.idle, .now()))
        }

        var phase: Phase { state.withLock { $0.phase } }

        func enter(_ phase: Phase) {
            state.withLock { if $0.phase != phase { $0 = (phase, .now()) } }
            if phase == .idle { owner.rested() }
        }

        /// Since when it sends a request or takes an answer; `nil` if it does neither.
        fileprivate func exchanging() -> NIODeadline? {
            state.withLock { $0.phase == .receiving || $0.phase == .answering ? $0.since : nil }
        }

        fileprivate func resting() -> NIODeadline? {
            state.withLock { $0.phase == .idle ? $0.since : nil }
        }
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var sweep: RepeatedTask?
        /// The last place is taken, and no connection could be closed in favour of the next one yet.
        var isFull = false

        /// The connection that has rested longest; without one, that which has been at one request
        /// or answer longest. It is gone from here at once: closing it takes a moment, in which it
        /// must not be chosen again.
        mutating func takeWhoMakesRoom(now: NIODeadline) -> Connection? {
            func longest(_ since: (Connection) -> NIODeadline?) -> Connection? {
                connections.values.compactMap { one in since(one).map { (one, $0) } }
                    .min { $0.1 < $1.1 }?.0
            }
            let chosen =
                longest { $0.resting() }
                ?? longest { one in
                    one.exchanging().flatMap { now - $0 > Connections.patience ? $0 : nil }
                }
            if let chosen { connections[ObjectIdentifier(chosen)] = nil }
            return chosen
        }
    }

    private let max: Int
    private let state = Mutex(State())

    init(max: Int) { self.max = max }

    func opened(_ channel: any Channel) -> Connection {
        let connection = Connection(channel, of: self)
        let victim = state.withLock { state -> Connection? in
            let isLast = state.connections.count + 1 >= max
            let victim = isLast ? state.takeWhoMakesRoom(now: .now()) : nil
            state.isFull = isLast && victim == nil
            state.connections[ObjectIdentifier(connection)] = connection
            if state.sweep == nil {
                state.sweep = channel.eventLoop.scheduleRepeatedTask(
                    initialDelay: Connections.sweepInterval, delay: Connections.sweepInterval
                ) { _ in self.sweep(now: .now()) }
            }
            return victim
        }
        victim?.channel.close(promise: nil)
        return connection
    }

    /// If all places are taken and nobody has made room yet, one does if it can now.
    private func rested() {
        let victim = state.withLock { state -> Connection? in
            guard state.isFull, state.connections.count >= max else {
                state.isFull = false
                return nil
            }
            let victim = state.takeWhoMakesRoom(now: .now())
            state.isFull = victim == nil
            return victim
        }
        victim?.channel.close(promise: nil)
    }

    func closed(_ connection: Connection) {
        let sweep: RepeatedTask? = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            guard state.connections.isEmpty else { return nil }
            defer { state.sweep = nil }
            return state.sweep
        }
        sweep?.cancel()
    }

    /// Closes what takes too long.
    private func sweep(now: NIODeadline) {
        let all = state.withLock { Array($0.connections.values) }
        for connection in all {
            if let since = connection.exchanging(), now - since > Connections.exchangeMax {
                connection.channel.close(promise: nil)
            }
        }
        rested()
    }
}

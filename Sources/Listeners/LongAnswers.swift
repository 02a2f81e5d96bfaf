// Answers that take long to make, lists above all, are made few at a time, in the order in which they were
// asked for. All tasks of a process share a thread for each processor: when hundreds of clients ask for a list
// at once, what is short, health above all, would wait until all lists are made.

import NIOCore
import Synchronization

package final class LongAnswers: Sendable {
    private struct State {
        var beingMade = 0
        var waiting = CircularBuffer<UnsafeContinuation<Void, Never>>()
    }

    /// Of all listeners: they share the processors.
    package static let shared = LongAnswers(atOnceMax: max(1, System.coreCount / 2))

    /// How many wait for their turn.
    package var waitingCount: Int { state.withLock(\.waiting.count) }

    private let atOnceMax: Int
    private let state = Mutex(State())

    package init(atOnceMax: Int) { self.atOnceMax = atOnceMax }

    /// Waits for its turn, then calls `make`. Throws what that throws.
    package func make<Answer, Failure>(
        _ make: () async throws(Failure) -> Answer
    ) async throws(Failure) -> Answer {
        await begin()
        defer { end() }
        return try await make()
    }

    private func begin() async {
        await withUnsafeContinuation { turn in
            let isNow = state.withLock { state in
                let isNow = state.beingMade < atOnceMax
                if isNow { state.beingMade += 1 } else { state.waiting.append(turn) }
                return isNow
            }
            if isNow { turn.resume() }
        }
    }

    /// The next one takes the place of this one.
    private func end() {
        let next = state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.beingMade -= 1 }
            return next
        }
        next?.resume()
    }
}

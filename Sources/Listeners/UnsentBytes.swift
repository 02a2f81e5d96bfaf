// The memory of answers that were handed to the clients' sockets and that the sockets have not taken yet, of
// all connections of a process in sum. A client that asks for a long answer and does not read it costs the
// memory of the whole answer; above the bound those that are furthest behind are closed.
//
// Nothing waits -> (bytes that the socket does not take) -> waiting, with a deadline a second away -> (each part
// that the client takes moves the deadline on by a second) -> nothing waits, or closed to make room. Who
// reads 64 KiB a second is never behind; who reads less falls back behind whoever comes later.

package import NIOCore
import Synchronization

package final class UnsentBytes: Sendable {
    /// Whose bytes wait: a connection, or one call of a connection that carries many. Bytes in it leave in order.
    package final class Holder: Sendable {
        private let owner: UnsentBytes
        fileprivate let close: @Sendable () -> Void

        fileprivate init(of owner: UnsentBytes, close: @escaping @Sendable () -> Void) {
            self.owner = owner
            self.close = close
        }

        /// Hands `bytes` to `write` in parts, so that a client is seen to read. Their buffer counts with all its
        /// memory until the last part was taken or has failed, because the parts share it.
        package func write(
            _ bytes: ByteBuffer, on loop: any EventLoop, promise: EventLoopPromise<Void>?,
            _ write: (ByteBuffer, EventLoopPromise<Void>?) -> Void
        ) {
            let count = bytes.storageCapacity
            owner.add(count, to: self, on: loop)
            var rest = bytes
            while rest.readableBytes > ListenerLimits.unsentPartBytes,
                let part = rest.readSlice(length: ListenerLimits.unsentPartBytes)
            {
                let taken = loop.makePromise(of: Void.self)
                taken.futureResult.whenSuccess { self.owner.took(0, self, at: loop.now) }
                write(part, taken)
            }
            let last = promise ?? loop.makePromise()
            last.futureResult.whenComplete { _ in self.owner.took(count, self, at: loop.now) }
            write(rest, last)
        }
    }

    private struct Waiting {
        let holder: Holder
        var byteCount = 0
        /// The earliest is the furthest behind.
        var deadline: NIODeadline
        /// Whether it was told to close; its bytes are here until it has.
        var isClosing = false
    }

    private struct State {
        var waiting: [ObjectIdentifier: Waiting] = [:]
        var byteCount = 0
        /// Of those that were told to close.
        var closingByteCount = 0
        var closings = 0
        var isLookPlanned = false
    }

    /// What was handed to sockets and has not been taken.
    package var byteCount: Int { state.withLock { $0.byteCount } }
    /// How many had to make room since the start of the process.
    package var closings: Int { state.withLock { $0.closings } }

    private let bytesMax: Int
    private let onClosing: @Sendable (Int) -> Void
    private let state = Mutex(State())

    /// `onClosing` is told how many are being closed.
    package init(bytesMax: Int, onClosing: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.bytesMax = bytesMax
        self.onClosing = onClosing
    }

    /// `close` is called on any thread, without a lock; it must make what is written fail soon.
    package func holder(close: @escaping @Sendable () -> Void) -> Holder {
        Holder(of: self, close: close)
    }

    private func add(_ count: Int, to holder: Holder, on loop: any EventLoop) {
        let (mustLook, mustPlan) = state.withLock { state in
            let key = ObjectIdentifier(holder)
            let patience = loop.now + ListenerLimits.unsentPatience
            state.waiting[key, default: Waiting(holder: holder, deadline: patience)].byteCount +=
                count
            state.byteCount += count
            if state.waiting[key]?.isClosing == true { state.closingByteCount += count }
            let left = state.byteCount - state.closingByteCount
            let mustPlan = left > bytesMax && !state.isLookPlanned
            if mustPlan { state.isLookPlanned = true }
            return (left > bytesMax + bytesMax / 4, mustPlan)
        }
        // Whoever reads gets a moment for it: what the socket takes at once is nobody's fault.
        if mustPlan {
            loop.scheduleTask(in: ListenerLimits.unsentLookAfter) { self.look() }
        }
        if mustLook { makeRoom() }
    }

    /// Bytes were taken or have failed; 0 if only a part of what they came in.
    private func took(_ count: Int, _ holder: Holder, at now: NIODeadline) {
        state.withLock { state in
            let key = ObjectIdentifier(holder)
            guard var waiting = state.waiting[key] else { return }
            waiting.byteCount -= count
            waiting.deadline = min(waiting.deadline, now) + ListenerLimits.unsentPatience
            state.byteCount -= count
            if waiting.isClosing { state.closingByteCount -= count }
            state.waiting[key] = waiting.byteCount > 0 ? waiting : nil
        }
    }

    private func look() {
        state.withLock { $0.isLookPlanned = false }
        makeRoom()
    }

    /// Closes those that are furthest behind, until what the others hold is within the bound.
    private func makeRoom() {
        let chosen = state.withLock { state in
            var left = state.byteCount - state.closingByteCount
            guard left > bytesMax else { return [Holder]() }
            let furthestFirst = state.waiting.values.filter { !$0.isClosing }.sorted {
                ($0.deadline, $1.byteCount) < ($1.deadline, $0.byteCount)
            }
            var chosen: [Holder] = []
            for waiting in furthestFirst where left > bytesMax {
                left -= waiting.byteCount
                state.closingByteCount += waiting.byteCount
                state.waiting[ObjectIdentifier(waiting.holder)]?.isClosing = true
                chosen.append(waiting.holder)
            }
            state.closings += chosen.count
            return chosen
        }
        if chosen.isEmpty { return }
        for holder in chosen { holder.close() }
        onClosing(chosen.count)
    }
}

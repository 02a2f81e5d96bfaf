import Synchronization

/// Holds callers back until they may pass.
final class Gate: Sendable {
    private struct State {
        var permits = 0
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func pass() async {
        await withCheckedContinuation { caller in
            let mayPass = state.withLock { state in
                if state.isOpen { return true }
                if state.permits > 0 {
                    state.permits -= 1
                    return true
                }
                state.waiting.append(caller)
                return false
            }
            if mayPass { caller.resume() }
        }
    }

    /// Waits until `count` callers are held back.
    func holds(_ count: Int) async {
        while state.withLock({ $0.waiting.count }) < count { await Task.yield() }
    }

    /// Lets one caller pass, now or later.
    func admit() {
        let caller: CheckedContinuation<Void, Never>? = state.withLock { state in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.permits += 1
            return nil
        }
        caller?.resume()
    }

    /// Lets all callers pass from now on.
    func open() {
        let callers = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for caller in callers { caller.resume() }
    }
}

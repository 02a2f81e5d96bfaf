// Reports the scheduler's status to the service manager, if there is one.

package import Scheduler
import Synchronization

package final class Supervision: Sendable {
    private struct State {
        var report: ServiceReport
        var isServing = false
        var isStopping = false
    }

    private let manager: ServiceManager?
    private let scheduler: Scheduler
    private let state: Mutex<State>

    package init(of scheduler: Scheduler, by manager: ServiceManager?) {
        self.scheduler = scheduler
        self.manager = manager
        state = Mutex(
            State(report: ServiceReport(watchdogInterval: manager?.watchdogInterval)))
    }

    /// Whether requests are accepted, at every port.
    package var isServing: Bool { state.withLock { $0.isServing } }

    /// Requests are accepted from now on.
    package func beginServing() {
        state.withLock { $0.isServing = true }
        tell()
    }

    /// The process is about to end.
    package func beginStopping() {
        state.withLock { $0.isStopping = true }
        tell()
    }

    /// Observes and reports until cancelled; returns at once if there is no service manager.
    package func run() async {
        guard manager != nil else { return }
        while !Task.isCancelled {
            tell()
            try? await Task.sleep(for: AdminLimits.reportInterval)
        }
    }

    private func tell() {
        guard let manager else { return }
        let liveness = scheduler.metrics.liveness
        // Under the lock, so that reports arrive in order.
        state.withLock { state in
            var seen = ServiceReport.Sight()
            seen.isServing = state.isServing
            seen.isStopping = state.isStopping || liveness.phase == .stopping
            seen.isAlive = liveness.isAlive
            seen.status = status(liveness)
            state.report.tell(seen, at: MonotonicClock.now, by: manager.tell)
        }
    }

    private func status(_ liveness: Liveness) -> String {
        switch liveness.phase {
        case .opening: return "opening the log"
        case .folding:
            let (folded, end) = liveness.progress
            return "reading the log: \(folded) of \(end) records"
        case .serving: return "serving"
        case .stopping: return "stopping: no more triggers, waiting for answers"
        case .stopped: return "stopped"
        }
    }
}

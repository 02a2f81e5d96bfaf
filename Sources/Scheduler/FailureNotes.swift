// Lines of the program's log about handlers that fail: the first failure of a tick, and every tick that
// is given up. An app whose every job fails gets a few lines a minute and a count of the others.

import Jobs
import Logging
import SchedulerCore

struct FailureNotes {
    /// Lines about one app or actor type in `windowDuration`.
    static let linesMax = 5
    static let windowDuration: Int64 = 60_000_000_000
    /// Apps and actor types that are told apart; those beyond share one count.
    private static let routesMax = 1_000

    private struct Window {
        var began: Int64
        var lines = 0
        var omitted = 0
    }

    private var windows: [RouteKey?: Window] = [:]
    /// When windows that are over were last forgotten.
    private var forgotAt = Int64.min
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Looks at a turn that was stored. `now` is monotonic.
    mutating func note(_ effects: Effects, at now: Int64) {
        for answered in effects.answered {
            if let failure = answered.failure { note(failure, at: now) }
        }
    }

    private mutating func note(_ failure: FailedAttempt, at now: Int64) {
        guard failure.isGivenUp || failure.attempt == 1 else { return }
        guard let omitted = line(for: failure.id.route, at: now) else { return }
        var metadata = failure.id.metadata
        metadata["tick"] = "\(failure.tick)"
        metadata["attempt"] = "\(failure.attempt)"
        metadata["outcome"] = "\(failure.outcome)"
        if failure.code != 0 { metadata["code"] = "\(failure.code)" }
        if omitted > 0 { metadata["lines-omitted"] = "\(omitted)" }
        logger.warning(
            failure.isGivenUp ? "a tick was given up" : "a handler failed; it is called again",
            metadata: metadata)
    }

    /// How many lines were left out since the last one; `nil` if this one is left out too.
    private mutating func line(for route: RouteKey, at now: Int64) -> Int? {
        if windows.count >= FailureNotes.routesMax { forgetWindows(at: now) }
        let isKnown = windows[route] != nil || windows.count < FailureNotes.routesMax
        let key = isKnown ? route : nil
        var window = windows[key] ?? Window(began: now)
        defer { windows[key] = window }
        if now - window.began >= FailureNotes.windowDuration {
            window = Window(began: now, omitted: window.omitted)
        }
        guard window.lines < FailureNotes.linesMax else {
            window.omitted += 1
            return nil
        }
        window.lines += 1
        defer { window.omitted = 0 }
        return window.omitted
    }
    /// Forgets windows that are over, with the counts of what they left out, once in `windowDuration` at most.
    private mutating func forgetWindows(at now: Int64) {
        guard forgotAt == .min || now - forgotAt >= FailureNotes.windowDuration else { return }
        forgotAt = now
        windows = windows.filter { key, window in
            key == nil || now - window.began < FailureNotes.windowDuration
        }
    }
}

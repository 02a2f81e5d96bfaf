package import EventLog

/// What a trigger came to.
package struct Acknowledgement: Equatable, Sendable {
    package enum Outcome: UInt8, Sendable, CaseIterable {
        case succeeded = 1
        case failed = 2
        /// The app asked that the tick be given up.
        case dropped = 3
        case timedOut = 4
        /// It never reached a receiver.
        case undeliverable = 5
        /// No answer can arrive any more: the stream closed, the app's connection broke or the app
        /// closed it, or the process died with the trigger in flight.
        case abandoned = 6
        /// Answered after its job was deleted or replaced, or after it had timed out.
        case late = 7

        /// Whether the app, which had its chance, did not do the work.
        package var isFailure: Bool {
            switch self {
            case .failed, .dropped, .timedOut: true
            case .succeeded, .undeliverable, .abandoned, .late: false
            }
        }

        /// Whether it says nothing of how the app fares.
        package var isNoAnswer: Bool {
            switch self {
            case .undeliverable, .abandoned, .late: true
            case .succeeded, .failed, .dropped, .timedOut: false
            }
        }
    }

    /// What the job waits for next.
    package struct Next: Equatable, Sendable {
        /// The same tick for another attempt, or the one after it.
        package var tick: UInt64
        /// The next tick's due time, or the instant of the next attempt.
        package var at: Timestamp

        package init(tick: UInt64, at: Timestamp) {
            self.tick = tick
            self.at = at
        }
    }

    package var generation: SequenceNumber
    package var previous: SequenceNumber
    package var trigger: TriggerID
    package var outcome: Outcome
    /// The HTTP status or gRPC code, 0 if there was none.
    package var code: Int32
    /// The connection to the app broke before it answered. Such a trigger is abandoned, or failed
    /// if too many connections broke in a row for its tick; there is no code.
    package var connectionBroke: Bool
    /// `nil` if no tick is left, or the job was deleted or replaced already.
    package var next: Next?
    /// Digest of what the app said of the failure; the text is stored beside the log, under this
    /// record's number, until it is erased. Only of the first failure of several in a row, and of
    /// one that gives a tick up.
    package var error: ErrorDigest?

    package init(
        generation: SequenceNumber, previous: SequenceNumber, trigger: TriggerID,
        outcome: Outcome, code: Int32, connectionBroke: Bool = false, next: Next?,
        error: ErrorDigest? = nil
    ) {
        self.generation = generation
        self.previous = previous
        self.trigger = trigger
        self.outcome = outcome
        self.code = code
        self.connectionBroke = connectionBroke
        self.next = next
        self.error = error
    }

    /// Whether the job was still there when its trigger was answered.
    package var isOfLiveJob: Bool { previous == trigger.sequence }

    /// Whether it gives up `tick`, which it is the outcome of.
    package func givesUp(tick: UInt64) -> Bool {
        outcome.isFailure && isOfLiveJob && next?.tick != tick
    }

    /// Whether `connectionBroke` is allowed with this outcome and code.
    package var canHaveBroken: Bool {
        switch outcome {
        case .abandoned, .failed: code == 0
        case .succeeded, .dropped, .timedOut, .undeliverable, .late: false
        }
    }

    /// Whether `error` is allowed with this outcome.
    package var canHaveError: Bool { outcome == .failed || outcome == .dropped }

    /// The app has no handler for the job: HTTP's 404, or gRPC's NOT_FOUND. The tick counts as
    /// done.
    package var isWithoutHandler: Bool { outcome == .succeeded && (code == 404 || code == 5) }
}

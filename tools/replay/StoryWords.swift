import Audit
import EventLog
import EventText
import Jobs

// Each case in words for readers who do not know the log.

extension Story {
    var words: String {
        switch self {
        case .onTime: "on time"
        case .late: "late"
        case .skipped: "skipped by policy"
        case .givenUp: "given up"
        case .withdrawn: "withdrawn with their job while they waited"
        case .pending: "pending"
        case .missed: "missed"
        case .unexplained: "unexplained"
        }
    }
}

extension LateCause {
    var words: String {
        switch self {
        case .downtime: Trigger.Hold.downtime.words
        case .clock: "the clock was not believed, or had jumped"
        case .parked: Trigger.Hold.receiverAbsent.words
        case .predecessor: Trigger.Hold.predecessor.words
        case .retried: "an attempt had failed"
        case .redelivered: "a delivery was lost"
        case .accepted: "accepted after their time"
        case .rules: "zone rules changed"
        case .windowFull: Trigger.Hold.windowFull.words
        case .gate: Trigger.Hold.gate.words
        case .silence: "the scheduler hung"
        case .writer: "the scheduler was slow"
        }
    }
}

extension PossibleDuplicate.Cause {
    var words: String {
        switch self {
        case .crash: "the scheduler died"
        case .abandoned: "the stream closed"
        case .broken: "the connection broke"
        case .undeliverable: "no connection"
        case .failed: "the app answered with a failure"
        case .sidecarFailed: "the sidecar reported a failure"
        case .timedOut: "no answer in time"
        case .unexplained: "for no reason"
        }
    }
}

extension PendingTick.Reason {
    var words: String {
        switch self {
        case .parked: "the app is not there"
        case .windowFull: "the app is busy"
        case .gate: "as many are in flight as a limit of concurrency allows"
        case .inFlight: "sent, not answered"
        case .retrying: "waiting for their next attempt"
        case .undecided: "just due"
        case .clock: "the clock is not believed"
        }
    }
}

extension WriterSpan.End {
    var words: String {
        switch self {
        case .closed: "stopped cleanly"
        case .crashed: "died"
        case .endOfLog: "running where the log ends"
        }
    }
}

extension RouteKey {
    /// Namespace and app or actor type, safe to print.
    var shown: String { "\(namespace)/\(receiverName)".escaped }
}

extension Duration {
    /// For people: `1.5s`, `2h0m0s`; rounded down to milliseconds from 10 ms on and to seconds from
    /// 10 s on.
    var inWords: String {
        let nanoseconds = inNanoseconds
        let grain: Int64 =
            nanoseconds >= 10 * Timestamp.nanosecondsPerSecond
            ? Timestamp.nanosecondsPerSecond : nanoseconds >= 10_000_000 ? 1_000_000 : 1_000
        return GoDuration.text(nanoseconds / grain * grain)
    }
}

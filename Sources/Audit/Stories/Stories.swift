// Each tick that came due has exactly one story: what happened to it. A tick comes due when its job waits for
// it and its instant has come. A job has one tick at a time, so ticks after one that is not over have not
// come due yet.

package import EventLog
package import Jobs

/// How a tick that came due ended.
package enum Story: UInt8, Tallied {
    /// It ran, triggered within a second of its due time.
    case onTime = 1
    /// It ran, later than that.
    case late
    /// It was deliberately not run.
    case skipped
    /// The app refused it, or failed as often as the failure policy allows.
    case givenUp
    /// Its job was deleted or replaced while it waited for a recorded reason.
    case withdrawn
    /// It is not over at the end of the log.
    case pending
    /// It could have been triggered but was not.
    case missed
    /// The events do not say what happened to it, or contradict each other.
    case unexplained
}

/// What held a late trigger longest, according to the events.
package enum LateCause: UInt8, Tallied {
    /// No writer was running.
    case downtime = 1
    /// The clock jumped over its instant.
    case clock
    /// No receiver of its app was present.
    case parked
    /// The tick before it was not over.
    case predecessor
    /// An earlier attempt failed.
    case retried
    /// An earlier delivery was lost, or waited for a stream of its sidecar that will stay.
    case redelivered
    /// It was already due when its job was accepted.
    case accepted
    /// It was already due when it was moved there by new rules of its time zone.
    case rules
    /// Its receiver was full.
    case windowFull
    /// A limit of concurrency, according to the trigger.
    case gate
    /// A writer was running but recorded nothing: it hung, its machine slept, or its disk was full.
    case silence
    /// Nothing held it: the writer was slow.
    case writer
}

/// A trigger that came later than what was allowed.
package struct LateTrigger: Sendable, Equatable {
    package var trigger: TriggerID
    package var generation: SequenceNumber
    package var job: JobID
    package var tick: UInt64
    package var attempt: UInt32
    /// The instant of the attempt.
    package var at: Timestamp
    /// From `at` to the trigger.
    package var lateness: Duration
    package var cause: LateCause
    /// The part of `lateness` that nothing excuses.
    package var unexcused: Duration
}

package struct StoryReport: Sendable, Equatable {
    /// Their sum is the number of ticks that came due.
    package var counts = Tally<Story>()
    /// The main cause of each late tick.
    package var lateCounts = Tally<LateCause>()
    /// From the instant of each attempt, retries included, to its trigger.
    package var lateness = DurationHistogram()
    /// The same for triggers later than a second, by what held them longest.
    package var latenessByCause: [LateCause: DurationHistogram] = [:]
    /// By app or actor type, in the order of their appearance; no more than
    /// `AuditLimits.appsMax`, but all are counted above.
    package var apps: [AppStories] = []
    package var lateMax: Duration?
    /// The first triggers later than `lateMax`, at most `AuditLimits.lateTriggersMax`.
    package var lateTriggers: [LateTrigger] = []
    /// Number of all of them.
    package var lateTriggerCount = 0
    /// Number of those that were later than `lateMax` without an excuse.
    package var inexcusableCount = 0

    package init() {}
}

package struct AppStories: Sendable, Equatable {
    package var route: RouteKey
    package var counts: Tally<Story>
}

/// The stories so far.
struct Stories {
    /// A trigger no later than this is on time.
    static let tolerance = Timestamp.nanosecondsPerSecond

    var report = StoryReport()
    let lateTriggersMax: Int

    init(lateMax: Duration?, limits: AuditLimits) {
        report.lateMax = lateMax
        lateTriggersMax = limits.lateTriggersMax
    }

    /// Counts the lateness of a trigger; `cause` is set if it was late.
    mutating func add(_ lateness: Int64, _ cause: LateCause?) {
        report.lateness.add(lateness)
        if let cause { report.latenessByCause[cause, default: DurationHistogram()].add(lateness) }
    }

    mutating func add(_ late: LateTrigger, lateMax: Duration) {
        report.lateTriggerCount += 1
        if late.unexcused > lateMax { report.inexcusableCount += 1 }
        if report.lateTriggers.count < lateTriggersMax { report.lateTriggers.append(late) }
    }
}

/// What is known so far of the current tick of a job, for its story.
struct StoryProgress {
    /// The stories of ticks up to this one have been recorded.
    var through: UInt64 = 0
    /// How late the first attempt was, in nanoseconds.
    var lateness: Int64 = 0
    /// What has made the tick late so far; `nil` if it is on time.
    var cause: LateCause?
    var isUnexplained = false
}

extension StoryProgress {
    /// The story of a tick that was triggered.
    var story: Story { isUnexplained ? .unexplained : cause == nil ? .onTime : .late }

    /// Notes that another attempt was triggered, `total` nanoseconds after the tick was due.
    mutating func retried(total: Int64) {
        if total <= Stories.tolerance {
            cause = nil
        } else if cause == nil || total.clampedAdding(-lateness) >= lateness {
            cause = .retried
        }
    }
}

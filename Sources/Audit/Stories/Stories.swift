// What became of each tick that came due: exactly one story. A tick comes due when its job waits
// for it and its instant is there: one tick of a job at a time, so those behind a tick that is not
// over have not come due yet.

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
    /// It waited for a recorded reason when its job was deleted or replaced.
    case withdrawn
    /// It is not over where the log ends.
    case pending
    /// It could have been triggered, and was not.
    case missed
    /// The events do not say what became of it, or say what cannot be.
    case unexplained
}

/// What held a late trigger longest, by what the events say of the time it waited.
package enum LateCause: UInt8, Tallied {
    /// No writer was there.
    case downtime = 1
    /// The clock jumped over its instant.
    case clock
    /// No receiver of its app was there.
    case parked
    /// The tick before it was not over.
    case predecessor
    /// An earlier attempt failed.
    case retried
    /// An earlier delivery was lost.
    case redelivered
    /// Its job was accepted only when it was due already.
    case accepted
    /// New rules of its time zone were followed only when it was due already.
    case rules
    /// Its receiver had its hands full.
    case windowFull
    /// The trigger says so: a limit of concurrency.
    case gate
    /// The writer was there and recorded nothing: it hung, its machine slept, or its disk was full.
    case silence
    /// Nothing: the writer was there, and slower than its work.
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
    /// Of `lateness`, what nothing excuses.
    package var unexcused: Duration
}

package struct StoryReport: Sendable, Equatable {
    /// Together the ticks that came due.
    package var counts = Tally<Story>()
    /// Of the late ticks: what made each late, mostly.
    package var lateCounts = Tally<LateCause>()
    /// From the instant of each attempt, retries included, to its trigger.
    package var lateness = DurationHistogram()
    /// The same of the triggers later than a second, by what held them longest.
    package var latenessByCause: [LateCause: DurationHistogram] = [:]
    /// By app or actor type, in the order of their appearance; no more than
    /// `AuditLimits.appsMax`, but all are counted above.
    package var apps: [AppStories] = []
    package var lateMax: Duration?
    /// The first triggers later than `lateMax`, at most `AuditLimits.lateTriggersMax`.
    package var lateTriggers: [LateTrigger] = []
    /// All of them.
    package var lateTriggerCount = 0
    /// Those of them that were later than `lateMax` without an excuse.
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

    /// Notes how late a trigger was, and `cause` if that was late.
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

/// What is known of the tick a job is at, for its story.
struct StoryProgress {
    /// Of ticks up to here the story has been told.
    var through: UInt64 = 0
    /// How late the first attempt was, in nanoseconds.
    var lateness: Int64 = 0
    /// What made the tick late so far; `nil` if it is on time.
    var cause: LateCause?
    var isUnexplained = false
}

extension StoryProgress {
    /// Of a tick that was triggered.
    var story: Story { isUnexplained ? .unexplained : cause == nil ? .onTime : .late }

    /// Another attempt was triggered, `total` nanoseconds after the tick was due.
    mutating func retried(total: Int64) {
        if total <= Stories.tolerance {
            cause = nil
        } else if cause == nil || total.clampedAdding(-lateness) >= lateness {
            cause = .retried
        }
    }
}

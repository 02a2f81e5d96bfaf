// Readers of the log that look at one state for long: backups that hang, forgotten programs. The file grows meanwhile,
// and nobody would know why.

package import EventLog

package struct ReaderWatch {
    private var lookedAt = Int64.min
    /// The reader that looks at the oldest state, since when, and whether it was told of.
    private var seen: (process: Int32, state: UInt64, since: Int64, isTold: Bool)?

    package init() {}

    /// Whether it is time to look again, at `now` of the monotonic clock.
    package func isDue(at now: Int64) -> Bool {
        lookedAt == .min || now - lookedAt >= SchedulerLimits.readersInterval
    }

    /// Notes the oldest reader, while `turns` turns have been stored. Returns for how many nanoseconds it has looked at
    /// one state, if that is to be told: once a state, after `SchedulerLimits.readerPatience`.
    package mutating func note(_ reader: HeldReader?, turns: UInt64, at now: Int64) -> Int64? {
        lookedAt = now
        guard let reader else {
            seen = nil
            return nil
        }
        let state = turns &- reader.turnsBehind
        guard var seen, seen.process == reader.process, seen.state == state else {
            self.seen = (reader.process, state, now, false)
            return nil
        }
        guard !seen.isTold, now - seen.since >= SchedulerLimits.readerPatience else { return nil }
        seen.isTold = true
        self.seen = seen
        return now - seen.since
    }
}

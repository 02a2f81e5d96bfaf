import EventLog
import Glibc

/// The writer's source of time, which also detects jumps of the wall clock.
struct WallClock {
    /// Wall clock minus monotonic clock, in nanoseconds, at the last check.
    private var offset: Int64

    init() { offset = WallClock.read(CLOCK_REALTIME) - WallClock.read(CLOCK_MONOTONIC) }

    /// Nanoseconds of the monotonic clock; only differences are meaningful.
    static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

    var now: Timestamp { Timestamp(nanoseconds: WallClock.read(CLOCK_REALTIME)) }

    /// The jump since the last check: from where the wall clock should be to where it is.
    mutating func takeJump() -> (from: Timestamp, to: Timestamp)? {
        let wall = WallClock.read(CLOCK_REALTIME)
        let expected = offset + WallClock.read(CLOCK_MONOTONIC)
        offset += wall - expected
        guard abs(wall - expected) > SchedulerLimits.clockJump else { return nil }
        return (Timestamp(nanoseconds: expected), Timestamp(nanoseconds: wall))
    }

    /// Sleeps `nanoseconds` of the monotonic clock; only for the writer's own thread.
    static func pause(_ nanoseconds: Int64) {
        let end = monotonic + nanoseconds
        while monotonic < end {
            var rest = timespec()
            let left = max(0, end - monotonic)
            rest.tv_sec = Int(left / 1_000_000_000)
            rest.tv_nsec = Int(left % 1_000_000_000)
            clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nil)
        }
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

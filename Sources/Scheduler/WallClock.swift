import EventLog
import Glibc
import SchedulerCore

/// The machine's clocks, as the writer reads them.
enum WallClock {
    /// Nanoseconds of the monotonic clock; only differences are meaningful.
    static var monotonic: Int64 { nanoseconds(CLOCK_MONOTONIC) }

    static var reading: LogClock.Reading {
        let wall = time(CLOCK_REALTIME)
        return LogClock.Reading(
            wallSeconds: Int64(wall.tv_sec), wallNanoseconds: Int64(wall.tv_nsec),
            uptime: nanoseconds(CLOCK_BOOTTIME))
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

    /// Not of the wall clock, which may show what does not fit.
    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        let time = time(clock)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func time(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}

import EventLog
import Glibc

enum SystemClock {
    /// To the microsecond: more digits than anyone reads.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec / 1_000) * 1_000)
    }
}

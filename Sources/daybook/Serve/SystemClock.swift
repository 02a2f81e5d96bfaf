import EventLog
import Glibc

enum SystemClock {
    /// In microseconds, which is precise enough.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(clamping: Int64(time.tv_sec), Int64(time.tv_nsec / 1_000 * 1_000))
    }
}

import Glibc

/// What a text may cost, whoever wrote it. Measured by the processor's time of this thread: what else
/// the machine does at the moment does not count.
enum Effort {
    /// A build for release takes less than a millisecond, one without optimisation some 20 times as
    /// long, a sanitizer twice that.
    private static let max = Duration.milliseconds(50)
    private static let repetitions = 3

    /// The same for each byte of an input.
    private static let maxOfByte = Duration.microseconds(20)

    /// Throws if `work` takes more than what is in proportion to its input, every time.
    static func linear<Value>(
        _ byteCount: Int, _ work: () throws(Breach) -> Value
    ) throws(Breach) -> Value {
        let max = max + maxOfByte * byteCount
        var least = Duration.seconds(Int64.max)
        for _ in 0..<repetitions {
            let begin = now()
            let value = try work()
            least = min(least, now() - begin)
            if least <= max { return value }
        }
        throw Breach(description: "\(byteCount) bytes take \(least)")
    }

    /// Throws if `work` takes more, every time.
    static func small<Value>(
        _ purpose: @autoclosure () -> String, _ work: () -> Value
    ) throws(Breach) -> Value {
        var least = Duration.seconds(Int64.max)
        for _ in 0..<repetitions {
            let begin = now()
            let value = work()
            least = min(least, now() - begin)
            if least <= max { return value }
        }
        throw Breach(description: "\(purpose()) takes \(least)")
    }

    private static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

import Glibc

/// What this process has taken of the processor.
enum ProcessorTime {
    /// POSIX: there are a million of `clock` in a second.
    static var microseconds: Double { Double(clock()) }
}

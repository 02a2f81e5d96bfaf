import EventLog

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum SystemClock {
    /// In microseconds, which is precise enough.
    static func now() -> Timestamp {
        let microseconds = (Date().timeIntervalSince1970 * 1_000_000).rounded()
        return Timestamp(nanoseconds: Int64(microseconds) * 1_000)
    }
}

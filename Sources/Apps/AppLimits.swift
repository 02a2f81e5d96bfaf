/// Limits of calls to an app.
package enum AppLimits {
    /// Bytes of an app's answer that are read; of a longer answer only the status counts.
    package static let answerBytesMax = 64 << 10
    /// Triggers an app accepts before it has answered any.
    package static let windowStandard: UInt32 = 64
    /// The most names of jobs for which a warning is remembered.
    package static let warnedNamesMax = 1_000
}

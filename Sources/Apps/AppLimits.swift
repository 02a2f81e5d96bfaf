/// Bounds of the calls of an app.
package enum AppLimits {
    /// Bytes of an app's answer that are looked at; a longer one says no more than its status.
    package static let answerBytesMax = 64 << 10
    /// Triggers an app takes before it has answered any.
    package static let windowStandard: UInt32 = 64
    /// Names of jobs whose 404 has been warned about.
    package static let warnedNamesMax = 1_000
}

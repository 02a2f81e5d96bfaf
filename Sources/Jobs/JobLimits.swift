/// Bounds of what a request may carry.
package enum JobLimits {
    /// Bytes of a job's name, an actor's id or a concurrency key. Dapr refuses 600; its older bound
    /// was 253 a segment.
    package static let nameBytesMax = 512
    /// Bytes of a namespace, an app id or an actor type.
    package static let scopePartBytesMax = 253
    /// Bytes of a schedule, due time or ttl text.
    package static let scheduleTextBytesMax = 1_024
    /// Bytes of what a caller tells of itself (its address, say); longer texts are cut.
    package static let callerTextBytesMax = 256
    /// Bytes of a TZif file. The largest of the IANA database has 4 KB; a file full of changes costs
    /// an occurrence as many looks.
    package static let zoneRulesBytesMax = 16_384
    /// Years a cron expression is searched for its next occurrence. Dapr: kit cron/parser.go.
    package static let cronSearchYears = 5
}

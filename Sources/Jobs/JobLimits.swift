/// Limits on the contents of a request.
package enum JobLimits {
    /// Bytes of a job's name, an actor's id or a concurrency key. Dapr rejects 600; its older limit
    /// was 253 per segment.
    package static let nameBytesMax = 512
    /// Bytes of a namespace, an app id or an actor type.
    package static let scopePartBytesMax = 253
    /// Bytes of a schedule, due time or ttl text.
    package static let scheduleTextBytesMax = 1_024
    /// Bytes of a text that describes the caller (such as its address); longer texts are cut.
    package static let callerTextBytesMax = 256
    /// Bytes of a TZif file. The largest of the IANA database has 4 KB; the more changes a file
    /// has, the longer an occurrence takes to find.
    package static let zoneRulesBytesMax = 16_384
    /// Years a cron expression is searched for its next occurrence. Dapr: kit cron/parser.go.
    package static let cronSearchYears = 5
}

/// Bounds at the wire.
package enum Limits {
    /// Arrays and objects within one another in a request's body. Readers of JSON and of protobuf
    /// recurse.
    package static let bodyDepthMax = 100
    /// What a protobuf reader counts for such a body: up to three messages a level, and a few
    /// around it.
    static let messageDepthMax = 4 * bodyDepthMax + 20
    /// Bytes of a request's body, unless configured otherwise.
    package static let bodyBytesMax = 4 << 20
    /// Jobs of one page of a list, unless the request says how many.
    static let pageJobsStandard = 100
    /// Events of one part of a history, unless the request says how many.
    static let pageEventsStandard = 100
    /// Connections open at once; more wait to be accepted.
    package static let connectionsMax = 512
    /// Bytes of an app's answer that are looked at; a longer one says no more than its status.
    package static let answerBytesMax = 64 << 10
    /// Triggers an app takes before it has answered any.
    package static let windowStandard: UInt32 = 64
    /// Names of jobs whose 404 has been warned about.
    package static let warnedNamesMax = 1_000
    /// Bytes of a job's name, an address or a reason as shown in a log line.
    package static let shownTextBytesMax = 256
}

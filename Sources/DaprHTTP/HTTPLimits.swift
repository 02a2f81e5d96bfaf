/// Limits of requests over HTTP.
package enum HTTPLimits {
    /// Bytes of a request's body, unless configured otherwise.
    package static let bodyBytesMax = 4 << 20
    /// Jobs of one page of a list, unless the request says how many.
    package static let pageJobsStandard = 100
    /// Events of one part of a history, unless the request says how many.
    package static let pageEventsStandard = 100
}

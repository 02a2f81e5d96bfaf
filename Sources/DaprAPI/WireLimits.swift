/// Limits of requests over HTTP and gRPC.
package enum WireLimits {
    /// The nesting of arrays and objects in a request's body. The readers of JSON and protobuf
    /// recurse.
    package static let bodyDepthMax = 100
    /// The nesting a protobuf reader counts for such a body: up to three messages per level, and a
    /// few around it.
    static let messageDepthMax = 4 * bodyDepthMax + 20
    /// Connections open at once; more wait to be accepted.
    package static let connectionsMax = 512
}

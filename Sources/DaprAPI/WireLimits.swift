/// Bounds of requests, over HTTP and over gRPC.
package enum WireLimits {
    /// Arrays and objects within one another in a request's body. Readers of JSON and of protobuf
    /// recurse.
    package static let bodyDepthMax = 100
    /// What a protobuf reader counts for such a body: up to three messages a level, and a few
    /// around it.
    static let messageDepthMax = 4 * bodyDepthMax + 20
    /// Connections open at once; more wait to be accepted.
    package static let connectionsMax = 512
}

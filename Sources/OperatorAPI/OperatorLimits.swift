/// Limits of the operator's API.
package enum OperatorLimits {
    /// Connections open at once; more wait to be accepted.
    package static let connectionsMax = 64
    /// Bytes of a request's body: the largest payload in base64, and the rest of its job.
    package static let bodyBytesMax = 96 << 20
    /// Data whose JSON is longer than this is shown in base64, which has an upper bound.
    static let valueBytesMax = 32 << 20
}

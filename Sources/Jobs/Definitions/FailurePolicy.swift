/// What happens when an app reports that a trigger failed. Dapr: go-etcd-cron counter.go,
/// policyTryAgain.
package enum FailurePolicy: Equatable, Hashable, Sendable {
    /// No retry: the tick is given up at once.
    case drop
    /// Up to `retriesMax` retries (`nil`: unlimited), `interval` nanoseconds apart (`nil`:
    /// submitted without one, which means 0).
    case constant(interval: Int64?, retriesMax: UInt32?)

    /// The policy of a job submitted without one: four attempts, one second apart.
    package static let standard = FailurePolicy.constant(interval: 1_000_000_000, retriesMax: 3)

    /// Nanoseconds to wait after `attempt` failed, or `nil` when the tick is given up.
    package func retryInterval(afterAttempt attempt: UInt32) -> Int64? {
        switch self {
        case .drop: nil
        case .constant(let interval, .none): interval ?? 0
        case .constant(let interval, .some(let retriesMax)):
            attempt <= retriesMax ? interval ?? 0 : nil
        }
    }
}

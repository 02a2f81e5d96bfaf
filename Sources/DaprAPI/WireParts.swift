// Failure policies, which occur in messages of both services.

package import DaprProtos
package import Jobs
import SwiftProtobuf

package typealias FailurePolicyMessage = Dapr_Proto_Common_V1_JobFailurePolicy

extension FailurePolicy {
    /// `nil` for a message without a policy.
    package init?(_ message: FailurePolicyMessage) throws(InvalidField) {
        switch message.policy {
        case nil: return nil
        case .drop: self = .drop
        case .constant(let constant):
            self = .constant(
                interval: constant.hasInterval
                    ? try WireDuration.nanoseconds(
                        of: constant.interval, field: "failure_policy.constant.interval") : nil,
                retriesMax: constant.hasMaxRetries ? constant.maxRetries : nil)
        }
    }

    package var message: FailurePolicyMessage {
        .with {
            switch self {
            case .drop: $0.drop = .init()
            case .constant(let interval, let retriesMax):
                $0.constant = .with {
                    if let interval { $0.interval = WireDuration.message(of: interval) }
                    if let retriesMax { $0.maxRetries = retriesMax }
                }
            }
        }
    }
}

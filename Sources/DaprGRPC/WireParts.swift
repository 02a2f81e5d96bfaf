// Parts of jobs that messages of both services have: payloads and failure policies.

import DaprAPI
package import DaprProtos
package import Jobs
package import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

package typealias FailurePolicyMessage = Dapr_Proto_Common_V1_JobFailurePolicy
package typealias AnyMessage = Google_Protobuf_Any

extension Payload {
    /// An `Any` is kept as it is; its type may be unknown here.
    package init(_ message: AnyMessage) {
        self.init(typeURL: message.typeURL, value: Array(message.value))
    }
}

extension AnyMessage {
    package init(_ payload: Payload) {
        self.init()
        typeURL = payload.typeURL
        value = payload.value.withUnsafeBytes { Data($0) }
    }
}

extension FailurePolicy {
    /// `nil` for a message that does not choose one.
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

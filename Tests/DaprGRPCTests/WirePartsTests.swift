import DaprAPI
import DaprGRPC
import DaprProtos
import Jobs
import SwiftProtobuf
import Testing

@Suite("Parts of jobs in messages")
struct WirePartsTests {
    @Test(
        "a failure policy comes back as it was",
        arguments: [
            FailurePolicy.drop, .constant(interval: nil, retriesMax: nil),
            .constant(interval: 0, retriesMax: 0),
            .constant(interval: 1_500_000_001, retriesMax: .max),
        ])
    func policies(policy: FailurePolicy) throws {
        #expect(try FailurePolicy(policy.message) == policy)
    }

    @Test("a policy that does not choose one is none")
    func noPolicy() throws {
        #expect(try FailurePolicy(FailurePolicyMessage()) == nil)
    }

    @Test(
        "an interval that is none is refused, and named",
        arguments: [
            Google_Protobuf_Duration(seconds: -1), .init(nanos: -1), .init(seconds: .max),
        ])
    func intervals(interval: Google_Protobuf_Duration) {
        let message = FailurePolicyMessage.with { $0.constant.interval = interval }
        let refusal = #expect(throws: InvalidField.self) { try FailurePolicy(message) }
        #expect(refusal?.field == "failure_policy.constant.interval")
    }

    @Test(
        "a payload comes back byte for byte, whatever its type",
        arguments: [
            Payload(typeURL: "", value: []),
            Payload(typeURL: "type.googleapis.com/unknown.Type", value: [0, 255, 10]),
        ])
    func payloads(payload: Payload) {
        #expect(Payload(AnyMessage(payload)) == payload)
    }
}

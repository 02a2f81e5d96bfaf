// A job's data, exactly. The jobs API shows data to people; here it must come back as the same bytes,
// or a job that is exported and imported would be another one.

import DaprAPI
import Jobs
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum OperatorPayload {
    /// The type, and either `value`, any JSON that stands for these very bytes, or `base64`.
    static func json(of payload: Payload) -> JSONText {
        let shown: (String, JSONText) =
            value(of: payload).map { ("value", $0) }
            ?? ("base64", .string(Data(payload.value).base64EncodedString()))
        return .object([("@type", .string(payload.typeURL)), shown])
    }

    /// `nil` unless reading the JSON gives the same bytes again.
    private static func value(of payload: Payload) -> JSONText? {
        guard payload.typeURL.utf8.elementsEqual(WirePayload.valueType.utf8),
            let value = WirePayload.value(of: payload), let json = JSONText(value),
            json.bytes.count <= OperatorLimits.valueBytesMax,
            let read = try? WireJSON.read(
                Google_Protobuf_Value.self, from: json.bytes,
                depthMax: WireLimits.bodyDepthMax - 1),
            WirePayload.payload(of: read) == payload
        else { return nil }
        return json
    }

    /// The payload that `data`, in the form above, stands for.
    static func payload(of data: Google_Protobuf_Value) throws(InvalidField) -> Payload {
        let fields = data.structValue.fields
        guard case .structValue = data.kind, fields.count == 2,
            case .stringValue(let type)? = fields["@type"]?.kind
        else {
            throw InvalidField("data", "must have \"@type\" and either \"value\" or \"base64\"")
        }
        if let value = fields["value"] {
            guard type.utf8.elementsEqual(WirePayload.valueType.utf8) else {
                throw InvalidField(
                    "data", "of another type than \(WirePayload.valueType) must be in base64")
            }
            return WirePayload.payload(of: value)
        }
        guard case .stringValue(let text)? = fields["base64"]?.kind,
            let bytes = Data(base64Encoded: text)
        else { throw InvalidField("data", "has no valid \"base64\"") }
        return Payload(typeURL: type, value: Array(bytes))
    }
}

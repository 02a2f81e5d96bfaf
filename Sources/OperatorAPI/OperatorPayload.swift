// A job's data, exactly. The jobs API shows data to people; here it must come back as the same bytes,
// or a job that is exported and imported would be another one.

import DaprAPI
import Jobs

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
            let value = WirePayload.value(of: payload)
        else { return nil }
        let json = JSONText(value)
        guard json.bytes.count <= OperatorLimits.valueBytesMax,
            let read = try? WireJSON.value(of: json.bytes, depthMax: WireLimits.bodyDepthMax - 1),
            WirePayload.payload(of: read) == payload
        else { return nil }
        return json
    }

    /// The payload that `data`, in the form above, stands for.
    static func payload(of data: JSONValue) throws(InvalidField) -> Payload {
        guard data.members.count == 2, case .string(let type)? = data["@type"] else {
            throw InvalidField("data", "must have \"@type\" and either \"value\" or \"base64\"")
        }
        if let value = data["value"] {
            guard type.utf8.elementsEqual(WirePayload.valueType.utf8) else {
                throw InvalidField(
                    "data", "of another type than \(WirePayload.valueType) must be in base64")
            }
            return WirePayload.payload(of: value)
        }
        guard case .string(let text)? = data["base64"], let bytes = Data(base64Encoded: text)
        else { throw InvalidField("data", "has no valid \"base64\"") }
        return Payload(typeURL: type, value: Array(bytes))
    }
}

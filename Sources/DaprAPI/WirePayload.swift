// Conversion of a job's payload from and to the wire. Any JSON value is stored as a protobuf
// `Value` within an `Any`; other types of `Any` are stored and passed on unchanged. Dapr:
// pkg/channel/http/http_channel.go.

package import Jobs
package import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

package enum WirePayload {
    package static let valueType = "type.googleapis.com/google.protobuf.Value"

    /// Equal values give equal bytes: an unchanged re-registration of a job is recognised by them.
    package static func payload(of value: JSONValue) -> Payload {
        Payload(typeURL: valueType, value: value.message)
    }

    /// The `Any` as JSON. An unknown type shows its bytes in base64.
    package static func anyJSON(of payload: Payload) -> JSONText {
        let shown =
            json(of: payload) ?? .string(Data(payload.value).base64EncodedString())
        return .object([("@type", .string(payload.typeURL)), ("value", shown)])
    }

    /// The body sent to an app. `nil` for a job without a payload: an empty body.
    package static func triggerBody(of payload: Payload?) -> [UInt8]? {
        guard let payload else { return nil }
        return json(of: payload)?.bytes ?? trimmed(payload.value)
    }

    private static func json(of payload: Payload) -> JSONText? {
        value(of: payload).map(JSONText.init)
    }

    /// `nil` if the payload has another type, does not match its type, or has no JSON form (such as
    /// NaN).
    package static func value(of payload: Payload) -> JSONValue? {
        let type = payload.typeURL.utf8
        let name = type.lastIndex(of: UInt8(ascii: "/")).map { type[type.index(after: $0)...] }
        guard (name ?? type[...]).elementsEqual("google.protobuf.Value".utf8) else { return nil }
        return JSONValue(message: payload.value)
    }

    /// Without white space at its ends: ASCII's, and any other of Unicode's in UTF-8. Dapr: Go
    /// bytes.TrimSpace.
    package static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        while let space = spaces.first(where: { rest.starts(with: $0) }) {
            rest = rest.dropFirst(space.count)
        }
        while let space = spaces.first(where: { rest.suffix($0.count).elementsEqual($0) }) {
            rest = rest.dropLast(space.count)
        }
        return Array(rest)
    }

    private static let spaces: [[UInt8]] =
        ((0x09...0x0D).map { $0 } + [0x20, 0x85, 0xA0, 0x1680] + (0x2000...0x200A).map { $0 }
        + [0x2028, 0x2029, 0x202F, 0x205F, 0x3000])
        .compactMap { Unicode.Scalar($0 as UInt32).map { Array(String($0).utf8) } }
}

package typealias AnyMessage = Google_Protobuf_Any

extension Payload {
    /// An `Any` is kept unchanged; its type may be unknown.
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

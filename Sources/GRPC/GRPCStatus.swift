// The status of a call, and its form in the trailers of the answer. gRPC: doc/PROTOCOL-HTTP2.md,
// doc/statuscodes.md.

package import NIOHPACK

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The status of a call that did not end with a message.
package struct GRPCStatus: Error, Equatable, Sendable {
    package enum Code: Int32, Sendable, CaseIterable {
        case ok = 0
        case cancelled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        case internalError = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16

        /// The name used by gRPC's libraries.
        package var name: String {
            switch self {
            case .ok: "OK"
            case .cancelled: "Canceled"
            case .internalError: "Internal"
            default: "\(self)".prefix(1).uppercased() + "\(self)".dropFirst()
            }
        }
    }

    package let code: Code
    package let message: String
    /// A serialized `google.rpc.Status` with further details; empty if there are none.
    package let details: [UInt8]

    package init(_ code: Code, _ message: String, details: [UInt8] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    package static let ok = GRPCStatus(.ok, "")
}

extension GRPCStatus {
    private static let okTrailers: HPACKHeaders = ["grpc-status": "0"]

    /// The trailers of an answer.
    package var trailers: HPACKHeaders {
        if self == .ok { return GRPCStatus.okTrailers }
        var trailers: HPACKHeaders = ["grpc-status": "\(code.rawValue)"]
        if !message.isEmpty { trailers.add(name: "grpc-message", value: escapedMessage) }
        if !details.isEmpty {
            // Without padding, as the specification asks.
            let text = Data(details).base64EncodedString().prefix { $0 != "=" }
            trailers.add(name: "grpc-status-details-bin", value: String(text))
        }
        return trailers
    }

    /// The message in printable ASCII; everything else, and `%`, as `%` and two digits. All headers
    /// together may have 16 KiB, so a long message is cut.
    private var escapedMessage: String {
        var escaped = ""
        for byte in message.utf8.prefix(GRPCLimits.messageBytesMax) {
            if byte >= 0x20, byte <= 0x7e, byte != UInt8(ascii: "%") {
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return escaped
    }

    /// The code in the trailers of an answer: UNKNOWN for an unknown number, `nil` if there is no
    /// number or more than one.
    package static func code(in trailers: HPACKHeaders) -> Code? {
        let values = trailers["grpc-status"]
        guard values.count == 1, let value = values.first else { return nil }
        return Int32(value).flatMap(Code.init) ?? .unknown
    }

    /// The message in the trailers of an answer, its escapes decoded; what is no escape stays.
    /// Empty if there is none.
    package static func message(in trailers: HPACKHeaders) -> String {
        guard let escaped = trailers.first(name: "grpc-message") else { return "" }
        var rest = escaped.utf8.prefix(GRPCLimits.messageBytesMax)
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let decoded = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The code for an answer that is not gRPC. gRPC: doc/http-grpc-status-mapping.md.
    package static func code(forHTTPStatus status: String) -> Code {
        switch status {
        case "400": .internalError
        case "401": .unauthenticated
        case "403": .permissionDenied
        case "404": .unimplemented
        case "429", "502", "503", "504": .unavailable
        default: .unknown
        }
    }
}

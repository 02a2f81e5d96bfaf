import EventLog

/// The data a job carries for its app: the two fields of a protobuf `Any`. Daybook never interprets
/// it.
package struct Payload: Equatable, Sendable {
    package var typeURL: String
    package var value: [UInt8]

    package init(typeURL: String, value: [UInt8]) {
        self.typeURL = typeURL
        self.value = value
    }

    /// Length of the type URL (4 bytes, little endian) ‖ type URL ‖ value: the stored form.
    package var stored: [UInt8] {
        var stored = [UInt8]()
        stored.reserveCapacity(4 + typeURL.utf8.count + value.count)
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: typeURL.utf8.count).littleEndian) {
            stored.append(contentsOf: $0)
        }
        stored.append(contentsOf: typeURL.utf8)
        stored.append(contentsOf: value)
        return stored
    }

    /// `nil` if `stored` is not the stored form of a payload.
    package init?(stored: [UInt8]) {
        guard stored.count >= 4 else { return nil }
        let count = stored[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard stored.count - 4 >= count,
            let typeURL = String(validating: stored[4..<(4 + count)], as: UTF8.self)
        else { return nil }
        self.init(typeURL: typeURL, value: Array(stored[(4 + count)...]))
    }
}

/// How an event describes a payload that is stored beside the log.
package struct PayloadSummary: Equatable, Sendable {
    /// Bytes of `sha256`.
    package static let digestSize = 32

    /// Bytes of the stored form.
    package let count: UInt32
    /// SHA-256 of the stored form, 32 bytes.
    package let sha256: [UInt8]

    package init(count: UInt32, sha256: [UInt8]) {
        self.count = count
        self.sha256 = sha256
    }

    package init(of stored: [UInt8]) {
        count = UInt32(clamping: stored.count)
        sha256 = Digest.sha256(stored)
    }
}

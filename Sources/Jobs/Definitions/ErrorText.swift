import EventLog

/// What an app said of a failure. It may hold names and addresses of people, so it is not in the
/// log's records: it is stored beside them as a payload is, under its acknowledgement, and can be
/// erased there. The record holds a digest of it. The salt, which is stored and erased with the
/// text, keeps the digest from confirming a guess of an erased text.
package struct ErrorText: Equatable, Sendable {
    /// The most bytes of a text; what is longer is cut.
    package static let bytesMax = 512
    private static let saltBytes = 16

    package let text: String
    private let salt: [UInt8]

    /// The beginning of `bytes` as text: what is no UTF-8 becomes U+FFFD. `nil` if there is
    /// nothing but white space.
    package init?(_ bytes: some Collection<UInt8>, salt: (UInt64, UInt64)) {
        var text = String(decoding: bytes.prefix(Self.bytesMax), as: UTF8.self)
        while text.utf8.count > Self.bytesMax || text.unicodeScalars.last?.isSpace == true {
            text.unicodeScalars.removeLast()
        }
        if text.isEmpty { return nil }
        self.text = text
        self.salt = [salt.0, salt.1].flatMap { word in
            withUnsafeBytes(of: word.littleEndian) { Array($0) }
        }
    }

    /// The salt, 16 bytes, followed by the text.
    package var stored: [UInt8] { salt + text.utf8 }

    /// `nil` if `stored` is not the stored form of a text.
    package init?(stored: [UInt8]) {
        guard (Self.saltBytes + 1...Self.saltBytes + Self.bytesMax).contains(stored.count),
            let text = String(validating: stored[Self.saltBytes...], as: UTF8.self)
        else { return nil }
        self.text = text
        salt = Array(stored[..<Self.saltBytes])
    }

    package var digest: ErrorDigest { ErrorDigest(of: stored) }
}

/// How a record describes an `ErrorText`: the first 16 bytes of SHA-256 of its stored form.
package struct ErrorDigest: Equatable, Sendable {
    package static let size = 16

    /// Bytes 0–7 and 8–15, each the lowest first.
    package let low: UInt64
    package let high: UInt64

    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    package init(of stored: [UInt8]) {
        let digest = Digest.sha256(stored)
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        self.init(low: word(digest[0..<8]), high: word(digest[8..<16]))
    }

    package var bytes: [UInt8] {
        [low, high].flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    }
}

extension Unicode.Scalar {
    fileprivate var isSpace: Bool { properties.isWhitespace }
}

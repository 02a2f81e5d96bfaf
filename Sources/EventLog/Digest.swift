import Crypto

/// The hash function used everywhere: for the digest chain and for payloads.
package enum Digest {
    /// SHA-256 of `bytes`: 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}

/// SHA-256 of bytes that arrive piece by piece.
package struct RunningDigest: Sendable {
    private var hasher = SHA256()

    package init() {}

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        hasher.update(bufferPointer: bytes)
    }

    /// SHA-256 of everything added so far: 32 bytes.
    package var value: [UInt8] { Array(hasher.finalize()) }
}

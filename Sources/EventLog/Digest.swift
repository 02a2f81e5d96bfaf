import Crypto

/// The one hash of the system: of the chain, and of payloads.
package enum Digest {
    /// SHA-256 of `bytes`: 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}

/// The same of bytes that come piece by piece.
package struct RunningDigest: Sendable {
    private var hasher = SHA256()

    package init() {}

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        hasher.update(bufferPointer: bytes)
    }

    /// SHA-256 of all that was added: 32 bytes.
    package var value: [UInt8] { Array(hasher.finalize()) }
}

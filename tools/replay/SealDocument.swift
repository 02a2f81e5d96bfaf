import Audit
import EventLog
import Jobs

/// A seal, for programs. Instants are RFC 3339 texts; the digest is in hexadecimal.
struct SealDocument: Codable {
    var first, last: UInt64
    var time, decidedThrough, digest: String

    init(_ seal: Seal) {
        first = seal.first.rawValue
        last = seal.last.rawValue
        time = seal.time.inUTC
        decidedThrough = seal.decidedThrough.inUTC
        digest = seal.digest.hexadecimal
    }
}

extension [UInt8] {
    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

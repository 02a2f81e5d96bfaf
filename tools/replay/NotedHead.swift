import ArgumentParser
import EventLog
import EventText

/// The head of a log as noted earlier: `4711:9f3c…`, the last record and the digest of its seal in
/// hexadecimal digits; or the digest alone.
struct NotedHead: ExpressibleByArgument, CustomStringConvertible {
    let last: SequenceNumber?
    let digest: [UInt8]

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: last = nil
        case 2:
            guard case .record(let sequence)? = try? LogPoint.parse(String(parts[0])) else {
                return nil
            }
            last = sequence
        default: return nil
        }
        guard let digits = parts.last, let digest = NotedHead.digest(Array(digits.utf8)) else {
            return nil
        }
        self.digest = digest
    }

    var description: String {
        (last.map { "\($0):" } ?? "") + digest.hexadecimal
    }

    /// Whether `seal` is the seal of this head.
    func isOf(_ seal: Seal) -> Bool {
        seal.digest == digest && (last.map { $0 == seal.last } ?? true)
    }

    private static func digest(_ digits: [UInt8]) -> [UInt8]? {
        guard digits.count == 2 * Seal.digestSize else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<(index + 2)], as: UTF8.self)
            guard !pair.hasPrefix("+"), let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}

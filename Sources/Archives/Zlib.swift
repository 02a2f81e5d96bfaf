// Compression by zlib, which other libraries of this program are linked with anyway.

import CZlib
import EventLog

enum Zlib {
    /// `bytes` compressed.
    static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(count))
        let code = bytes.withUnsafeBufferPointer { source in
            result.withUnsafeMutableBufferPointer { target in
                compress2(
                    target.baseAddress, &count, source.baseAddress, uLong(source.count),
                    Z_DEFAULT_COMPRESSION)
            }
        }
        // The target is as large as it can ever need to be.
        precondition(code == Z_OK, "zlib failed with \(code)")
        return Array(result[..<Int(count)])
    }

    /// The `count` bytes that `compressed` was made of; `nil` if it was made of others.
    static func decompressed(_ compressed: [UInt8], count: Int) -> [UInt8]? {
        var size = uLong(count)
        var result = [UInt8](repeating: 0, count: max(count, 1))
        let code = compressed.withUnsafeBufferPointer { source in
            result.withUnsafeMutableBufferPointer { target in
                uncompress(target.baseAddress, &size, source.baseAddress, uLong(source.count))
            }
        }
        guard code == Z_OK, Int(size) == count else { return nil }
        return Array(result[..<count])
    }
}

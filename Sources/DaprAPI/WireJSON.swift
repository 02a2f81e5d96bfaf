// JSON as protobuf maps it. Its reader skips unknown objects by unbounded recursion and lets the
// last of equal keys win, so both are checked before it reads: a hostile body must get an error and
// not crash the process.

package import SwiftProtobuf

/// Reads JSON as protobuf messages.
package enum WireJSON {
    /// Unknown fields are ignored, as in Dapr's API. `depthMax` limits the nesting of arrays and
    /// objects.
    package static func read<M: Message>(
        _ type: M.Type, from bytes: [UInt8], depthMax: Int = WireLimits.bodyDepthMax
    ) throws(WireError) -> M {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .malformed("proto: invalid UTF-8")
        }
        try checkShape(bytes, depthMax: depthMax)
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        options.messageDepthLimit = WireLimits.messageDepthMax
        do {
            return try M(jsonUTF8Bytes: bytes, options: options)
        } catch {
            throw .malformed("proto: \(WireMember.fault(in: bytes, options))")
        }
    }

    /// Rejects nesting deeper than `depthMax` and duplicate keys in an object.
    /// Anything that is not JSON is left to the reader.
    ///
    /// Keys that are canonically equal ("é" in one or in two code points) count as equal: the
    /// reader would also treat them as one key, and one of the two values would be lost.
    static func checkShape(
        _ bytes: [UInt8], depthMax: Int = WireLimits.bodyDepthMax
    ) throws(WireError) {
        // The keys seen in every open array or object, innermost last; an array has none.
        var open: [Set<String>] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open.count < depthMax else {
                    throw .malformed("proto: nested deeper than \(depthMax) levels")
                }
                open.append([])
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                index += 1
            case UInt8(ascii: "\""):
                let start = index
                index = JSONScan.end(ofStringAt: index, in: bytes)
                if let depth = open.indices.last, isKey(endingAt: index, in: bytes) {
                    let key = key(in: bytes[start..<index], isTopLevel: depth == 0)
                    guard open[depth].insert(key).inserted else {
                        throw .malformed("proto: duplicate field")
                    }
                }
            default:
                index += 1
            }
        }
    }

    private static func isKey(endingAt end: Int, in bytes: [UInt8]) -> Bool {
        var index = end
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ":"): return true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                index += 1
            default: return false
            }
        }
        return false
    }

    /// The meaning of a quoted key. A field of the request itself has two spellings, of which only
    /// one may be used.
    private static func key(in quoted: ArraySlice<UInt8>, isTopLevel: Bool) -> String {
        var key = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
        if quoted.contains(UInt8(ascii: "\\")),
            let value = try? Google_Protobuf_Value(jsonUTF8Bytes: Array(quoted))
        {
            key = value.stringValue
        }
        switch (isTopLevel, key) {
        case (true, "due_time"): return "dueTime"
        case (true, "failure_policy"): return "failurePolicy"
        default: return key
        }
    }
}

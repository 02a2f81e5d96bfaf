// JSON as received from a server or a caller. Its parts can be read, and every part is printed as
// received: no number is reformatted and no member reordered.

import Glibc
import Jobs

/// One JSON value.
struct JSONPart {
    /// The deepest nesting of arrays and objects, because the reader recurses. Servers accept 100.
    static let depthMax = 512

    /// The value without white space at its ends.
    let bytes: ArraySlice<UInt8>

    /// Throws unless `bytes` are one JSON value, surrounded only by white space.
    init(_ bytes: [UInt8]) throws(NotJSON) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var reader = JSONReader(bytes[...])
        self = try reader.value(depth: 0)
        try reader.end()
    }

    fileprivate init(unchecked bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The members of an object, the last one of equal keys; `nil` if it is not an object.
    var members: [String: JSONPart]? {
        var members: [String: JSONPart] = [:]
        var reader = JSONReader(bytes)
        let isObject: Void? = try? reader.members(depth: 0) { key, value in
            if let key = key.string { members[key] = value }
        }
        return isObject.map { members }
    }

    /// The elements of an array; `nil` if it is not an array.
    var elements: [JSONPart]? {
        var elements: [JSONPart] = []
        var reader = JSONReader(bytes)
        let isArray: Void? = try? reader.elements(depth: 0) { elements.append($0) }
        return isArray.map { elements }
    }

    /// The text of a string; `nil` if it is not a string. An unpaired surrogate becomes U+FFFD.
    var string: String? {
        guard bytes.first == UInt8(ascii: "\"") else { return nil }
        var units: [UInt16] = []
        var plain: [UInt8] = []
        var rest = bytes.dropFirst().dropLast()
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                plain.append(byte)
                continue
            }
            units += String(decoding: plain, as: UTF8.self).utf16
            plain = []
            switch escape {
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "u"):
                let digits = String(decoding: rest.prefix(4), as: UTF8.self)
                units.append(UInt16(digits, radix: 16) ?? 0xFFFD)
                rest = rest.dropFirst(4)
            default: units.append(UInt16(escape))
            }
        }
        units += String(decoding: plain, as: UTF8.self).utf16
        return String(decoding: units, as: UTF16.self)
    }
}

/// Why bytes are not JSON.
enum NotJSON: Error, Equatable, CustomStringConvertible {
    case notUTF8
    case tooDeep
    /// The first invalid byte, counted from 1.
    case malformed(at: Int)

    var description: String {
        switch self {
        case .notUTF8: "not UTF-8"
        case .tooDeep: "nested deeper than \(JSONPart.depthMax) levels"
        case .malformed(let position): "not JSON from byte \(position) on"
        }
    }
}

extension JSONPart {
    /// The same value for a terminal: whatever could move the cursor, end the line or be invisible
    /// is escaped.
    var shown: String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case " "..."~": shown.unicodeScalars.append(scalar)
            // Only between values: they cannot occur in a string.
            case "\n", "\t", "\r": shown += " "
            default:
                shown += SafeText.isSafe(scalar) ? String(scalar) : JSONString.escape(scalar)
            }
        }
        return shown
    }

    /// The same value on one line.
    var oneLine: JSONPart {
        let isBroken = bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map {
                memchr($0, 0x0A, bytes.count) != nil || memchr($0, 0x0D, bytes.count) != nil
            } ?? false
        }
        guard isBroken else { return self }
        return JSONPart(unchecked: ArraySlice(bytes.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }))
    }
}

/// Navigates JSON, and finds the first invalid byte.
private struct JSONReader {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    /// Reads the next value and the white space around it.
    mutating func value(depth: Int) throws(NotJSON) -> JSONPart {
        skipSpace()
        let start = index
        switch next {
        case UInt8(ascii: "{"): try members(depth: depth) { _, _ in }
        case UInt8(ascii: "["): try elements(depth: depth) { _ in }
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try number()
        }
        let end = index
        skipSpace()
        return JSONPart(unchecked: bytes[start..<end])
    }

    func end() throws(NotJSON) {
        guard index == bytes.endIndex else { throw fault }
    }

    mutating func members(
        depth: Int, _ visit: (JSONPart, JSONPart) -> Void
    ) throws(NotJSON) {
        guard depth < JSONPart.depthMax else { throw .tooDeep }
        try take("{")
        skipSpace()
        if skip("}") { return }
        repeat {
            skipSpace()
            let start = index
            try string()
            let key = JSONPart(unchecked: bytes[start..<index])
            skipSpace()
            try take(":")
            visit(key, try value(depth: depth + 1))
        } while skip(",")
        try take("}")
    }

    mutating func elements(depth: Int, _ visit: (JSONPart) -> Void) throws(NotJSON) {
        guard depth < JSONPart.depthMax else { throw .tooDeep }
        try take("[")
        skipSpace()
        if skip("]") { return }
        repeat { visit(try value(depth: depth + 1)) } while skip(",")
        try take("]")
    }

    private mutating func string() throws(NotJSON) {
        try take("\"")
        while true {
            skipPlain()
            if skip("\"") { return }
            try take("\\")
            try escape()
        }
    }

    private mutating func escape() throws(NotJSON) {
        if skip("u") {
            for _ in 0..<4 {
                guard let digit = next, isHexDigit(digit) else { throw fault }
                index += 1
            }
        } else {
            guard let next, "\"\\/bfnrt".utf8.contains(next) else { throw fault }
            index += 1
        }
    }

    private mutating func number() throws(NotJSON) {
        _ = skip("-")
        if !skip("0") { try digits() }
        if skip(".") { try digits() }
        if skip("e") || skip("E") {
            _ = skip("-") || skip("+")
            try digits()
        }
    }

    private mutating func digits() throws(NotJSON) {
        let start = index
        while let next, isDigit(next) { index += 1 }
        guard index > start else { throw fault }
    }

    private mutating func word(_ word: StaticString) throws(NotJSON) {
        for byte in word.description.utf8 {
            guard next == byte else { throw fault }
            index += 1
        }
    }

    // MARK: Bytes

    private var next: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

    private var fault: NotJSON { .malformed(at: index - bytes.startIndex + 1) }

    private mutating func skipSpace() {
        while let next, [0x20, 0x09, 0x0A, 0x0D].contains(next) { index += 1 }
    }

    /// Advances to the next special byte of a string. Most bytes of large answers are read here.
    private mutating func skipPlain() {
        let start = index - bytes.startIndex
        index += bytes.withUnsafeBufferPointer { bytes in
            var end = start
            while end < bytes.count {
                let byte = bytes[end]
                if byte < 0x20 || byte == 0x22 || byte == 0x5C { break }
                end += 1
            }
            return end - start
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func take(_ character: Unicode.Scalar) throws(NotJSON) {
        guard skip(character) else { throw fault }
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}

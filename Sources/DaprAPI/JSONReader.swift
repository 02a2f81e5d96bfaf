// Reads JSON (RFC 8259) as values. Protobuf's own reader is not used for data: it makes other characters
// of some escapes beyond U+FFFF, lets the last of equal keys win, and hashes keys as Swift does. The
// time is linear in the length.

/// Why bytes are not JSON that is accepted.
enum JSONFault: Error, Equatable {
    case notUTF8
    case tooDeep(levels: Int)
    case duplicateKey
    /// The first byte that does not fit, counted from 0.
    case unexpected(at: Int)
    case numberOutOfRange(at: Int)
    /// Half of a pair of `\u` escapes.
    case loneSurrogate(at: Int)
}

extension JSONValue {
    /// Throws unless `bytes` are one JSON value with white space around it, without equal keys in
    /// an object and nested no deeper than `depthMax` arrays and objects.
    init(json bytes: [UInt8], depthMax: Int) throws(JSONFault) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var reader = JSONReader(bytes: bytes, depthMax: depthMax)
        self = try reader.whole()
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    let depthMax: Int
    private var index = 0

    init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    mutating func whole() throws(JSONFault) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard index == bytes.count else { throw .unexpected(at: index) }
        return value
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        skipSpace()
        guard index < bytes.count else { throw .unexpected(at: index) }
        switch bytes[index] {
        case UInt8(ascii: "{"): return .object(try members(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try elements(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func members(depth: Int) throws(JSONFault) -> [JSONValue.Member] {
        try open(depth)
        var members: [JSONValue.Member] = []
        var keys = JSONKeys()
        if skips(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            let key = try string()
            guard keys.add(key, at: members.count) == nil else { throw .duplicateKey }
            try expect(UInt8(ascii: ":"))
            members.append(JSONValue.Member(key, try value(depth: depth)))
        } while skips(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
        return members
    }

    private mutating func elements(depth: Int) throws(JSONFault) -> [JSONValue] {
        try open(depth)
        var elements: [JSONValue] = []
        if skips(UInt8(ascii: "]")) { return elements }
        repeat { elements.append(try value(depth: depth)) } while skips(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        return elements
    }

    private mutating func open(_ depth: Int) throws(JSONFault) {
        guard depth <= depthMax else { throw .tooDeep(levels: depthMax) }
        index += 1
    }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    /// Skips white space, and `byte` if it comes then.
    private mutating func skips(_ byte: UInt8) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard skips(byte) else { throw .unexpected(at: index) }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        for byte in word.utf8 {
            guard index < bytes.count, bytes[index] == byte else { throw .unexpected(at: index) }
            index += 1
        }
        return value
    }
}

// Numbers

extension JSONReader {
    private mutating func number() throws(JSONFault) -> Double {
        let start = index
        skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try skipDigits() }
        if skip(UInt8(ascii: ".")) { try skipDigits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            try skipDigits()
        }
        let number = Double(String(decoding: bytes[start..<index], as: UTF8.self))
        guard let number, number.isFinite else { throw .numberOutOfRange(at: start) }
        return number
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// One digit or more.
    private mutating func skipDigits() throws(JSONFault) {
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        guard index > start else { throw .unexpected(at: index) }
    }
}

// Strings

extension JSONReader {
    private mutating func string() throws(JSONFault) -> String {
        guard skip(UInt8(ascii: "\"")) else { throw .unexpected(at: index) }
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard bytes[index] >= 0x20 else { throw .unexpected(at: index) }
            index += 1
        }
        guard skip(UInt8(ascii: "\"")) else { throw .unexpected(at: index) }
        return String(decoding: bytes[start..<index - 1], as: UTF8.self)
    }

    /// A string that begins at `start` and has its first escape here.
    private mutating func escapedString(from start: Int) throws(JSONFault) -> String {
        var text = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            guard byte >= 0x20 else { throw .unexpected(at: index) }
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try escape().utf8
            default: text.append(byte)
            }
        }
        throw .unexpected(at: index)
    }

    /// What stands behind a backslash.
    private mutating func escape() throws(JSONFault) -> String {
        guard index < bytes.count else { throw .unexpected(at: index) }
        index += 1
        switch bytes[index - 1] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return String(try scalar())
        default: throw .unexpected(at: index - 1)
        }
    }

    /// The four digits behind `\u`; for the first half of a pair the second as well.
    private mutating func scalar() throws(JSONFault) -> Unicode.Scalar {
        let start = index - 2
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u"))
        else { throw .loneSurrogate(at: start) }
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else { throw .loneSurrogate(at: start) }
        let value = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        // Safe because every pair stands for a character from U+10000 to U+10FFFF.
        return Unicode.Scalar(value)!
    }

    private mutating func codeUnit() throws(JSONFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard index < bytes.count,
                let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue
            else { throw .unexpected(at: index) }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }
}

// The bytes of a google.protobuf.Value, both ways. SwiftProtobuf's type keeps an object in a dictionary
// whose keys are Swift's texts, so that different keys can be equal and hashing one can take hours.
//
//   Value      null 1 (varint), number 2 (double), string 3, bool 4 (varint), Struct 5, ListValue 6
//   Struct     1: entries of key 1 and Value 2
//   ListValue  1: Values

extension JSONValue {
    /// The most arrays and objects one in another that are read.
    private static let levelsMax = 2 * WireLimits.bodyDepthMax

    /// Equal values give equal bytes: members are in the order of their keys' bytes.
    var message: [UInt8] {
        var writer = BackwardWriter()
        writer.write(self)
        return writer.bytes.reversed()
    }

    /// `nil` if the bytes are not a message, or one without a JSON form: a number that is not
    /// finite, no value at all, or too deep.
    init?(message bytes: [UInt8]) {
        guard let value = JSONValue.value(in: bytes[...], levels: 0) else { return nil }
        self = value
    }

    private static func value(in bytes: ArraySlice<UInt8>, levels: Int) -> JSONValue? {
        var fields = FieldReader(bytes)
        var value: JSONValue?
        // Of the kinds the last one counts; parts of one object or list are joined.
        var parts: (number: UInt64, bytes: Joined)?
        while let field = fields.next() {
            switch (field.number, field.content) {
            case (5, .bytes(let part)), (6, .bytes(let part)):
                if parts?.number == field.number {
                    parts?.bytes.add(part)
                } else {
                    parts = (field.number, Joined(part))
                }
                continue
            case (1, .varint): value = .null
            case (2, .fixed64(let bits)): value = .number(Double(bitPattern: bits))
            case (3, .bytes(let text)):
                guard let text = String(validating: text, as: UTF8.self) else { return nil }
                value = .string(text)
            case (4, .varint(let flag)): value = .bool(flag != 0)
            default: continue
            }
            parts = nil
        }
        guard fields.isAtEnd else { return nil }
        guard let parts else {
            if case .number(let number)? = value, !number.isFinite { return nil }
            return value
        }
        guard levels < levelsMax else { return nil }
        return parts.number == 5
            ? object(in: parts.bytes.slice, levels: levels + 1)
            : list(in: parts.bytes.slice, levels: levels + 1)
    }

    private static func list(in bytes: ArraySlice<UInt8>, levels: Int) -> JSONValue? {
        var fields = FieldReader(bytes)
        var elements: [JSONValue] = []
        while let field = fields.next() {
            guard case (1, .bytes(let part)) = (field.number, field.content) else { continue }
            guard let element = value(in: part, levels: levels) else { return nil }
            elements.append(element)
        }
        return fields.isAtEnd ? .array(elements) : nil
    }

    private static func object(in bytes: ArraySlice<UInt8>, levels: Int) -> JSONValue? {
        var fields = FieldReader(bytes)
        var members: [Member] = []
        var keys = JSONKeys()
        while let field = fields.next() {
            guard case (1, .bytes(let part)) = (field.number, field.content) else { continue }
            guard let member = member(in: part, levels: levels) else { return nil }
            if let before = keys.add(member.key, at: members.count) {
                members[before] = member
            } else {
                members.append(member)
            }
        }
        return fields.isAtEnd ? .object(members) : nil
    }

    private static func member(in bytes: ArraySlice<UInt8>, levels: Int) -> Member? {
        var fields = FieldReader(bytes)
        var key = ""
        var part = Joined([])
        while let field = fields.next() {
            switch (field.number, field.content) {
            case (1, .bytes(let text)):
                guard let text = String(validating: text, as: UTF8.self) else { return nil }
                key = text
            case (2, .bytes(let more)): part.add(more)
            default: continue
            }
        }
        guard fields.isAtEnd, let value = value(in: part.slice, levels: levels) else { return nil }
        return Member(key, value)
    }
}

/// A part of a message, copied only if it comes in several: a value is as deep as it is long, and each
/// level would copy the rest.
private struct Joined {
    private(set) var slice: ArraySlice<UInt8>

    init(_ slice: ArraySlice<UInt8>) { self.slice = slice }

    mutating func add(_ more: ArraySlice<UInt8>) {
        if slice.isEmpty { slice = more } else { slice += more }
    }
}

/// The fields of a message, one by one.
private struct FieldReader {
    enum Content {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>
    private var isBroken = false

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Whether the message ends where a field does.
    var isAtEnd: Bool { rest.isEmpty && !isBroken }

    /// `nil` at the end, and where there is no field. Groups, which proto3 does not have, are none.
    mutating func next() -> (number: UInt64, content: Content)? {
        guard !rest.isEmpty else { return nil }
        guard let tag = varint(), tag >> 3 > 0, let content = content(wireType: tag & 7) else {
            isBroken = true
            return nil
        }
        return (tag >> 3, content)
    }

    private mutating func content(wireType: UInt64) -> Content? {
        switch wireType {
        case 0: return varint().map { .varint($0) }
        case 1:
            guard let bytes = take(8) else { return nil }
            return .fixed64(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
        case 2: return varint().flatMap { Int(exactly: $0) }.flatMap { take($0) }.map { .bytes($0) }
        case 5: return take(4).map { _ in .fixed32 }
        default: return nil
        }
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}

/// Writes messages from their end to their beginning: the length of each is known when it is written,
/// and no byte is moved twice.
private struct BackwardWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: JSONValue) {
        let end = bytes.count
        switch value {
        case .null: bytes += [0, 0x08]
        case .bool(let flag): bytes += [flag ? 1 : 0, 0x20]
        case .number(let number):
            withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes += $0 }
            bytes.append(0x11)
        case .string(let text):
            bytes += text.utf8.reversed()
            finish(0x1A, end)
        case .object(let members):
            for member in JSONValue.sorted(members).reversed() {
                let entryEnd = bytes.count
                write(member.value)
                finish(0x12, entryEnd)
                let keyEnd = bytes.count
                bytes += member.key.utf8.reversed()
                finish(0x0A, keyEnd)
                finish(0x0A, entryEnd)
            }
            finish(0x2A, end)
        case .array(let elements):
            for element in elements.reversed() {
                let elementEnd = bytes.count
                write(element)
                finish(0x0A, elementEnd)
            }
            finish(0x32, end)
        }
    }

    /// The length of what was written since `end`, and the field's tag.
    private mutating func finish(_ tag: UInt8, _ end: Int) {
        var length = UInt64(bytes.count - end)
        var varint: [UInt8] = []
        repeat {
            varint.append(UInt8(length & 0x7F) | (length > 0x7F ? 0x80 : 0))
            length >>= 7
        } while length > 0
        bytes += varint.reversed()
        bytes.append(tag)
    }
}

// Go's gob encoding, as far as an export of Dapr's jobs uses it: numbers, texts, and the definitions
// of types that go before a value. Documented at pkg.go.dev/encoding/gob.
//
// A number below 128 is one byte. A larger one is its bytes, the highest first, behind how many
// there are as a negative number. A signed number is doubled, and inverted if it is negative, to
// keep its sign in the lowest bit. A struct is pairs of a number, how many fields further on the
// next one is, and its value; 0 ends it.

/// Why bytes are not an export, and where.
package struct ExportError: Error, Equatable, Sendable, CustomStringConvertible {
    package let offset: Int
    package let reason: String

    package var description: String { "byte \(offset): \(reason)" }
}

/// Reads from the front of bytes. Nothing is reserved for a length before the bytes are there, so
/// no input costs more than its own length.
struct GobReader {
    let bytes: ArraySlice<UInt8>
    private(set) var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    var isAtEnd: Bool { offset == bytes.endIndex }

    func error(_ reason: String, at offset: Int? = nil) -> ExportError {
        ExportError(offset: offset ?? self.offset, reason: reason)
    }

    mutating func unsigned(_ what: StaticString) throws(ExportError) -> UInt64 {
        let start = offset
        let first = try byte(what)
        if first < 0x80 { return UInt64(first) }
        let count = 256 - Int(first)
        guard count <= 8 else {
            throw error("\(what) is a number of \(count) bytes; at most 8 fit", at: start)
        }
        var number: UInt64 = 0
        for _ in 0..<count { number = number << 8 | UInt64(try byte(what)) }
        return number
    }

    mutating func signed(_ what: StaticString) throws(ExportError) -> Int64 {
        let number = try unsigned(what)
        let half = Int64(number >> 1)
        return number & 1 == 0 ? half : ~half
    }

    /// A length, and as many bytes.
    mutating func counted(_ what: StaticString) throws(ExportError) -> ArraySlice<UInt8> {
        let start = offset
        let count = try unsigned(what)
        let rest = bytes.endIndex - offset
        guard count <= UInt64(rest) else {
            throw error("\(what) has \(count) bytes, but only \(rest) follow", at: start)
        }
        let begin = offset
        offset += Int(count)
        return bytes[begin..<offset]
    }

    mutating func text(_ what: StaticString) throws(ExportError) -> String {
        let start = offset
        guard let text = String(validating: try counted(what), as: UTF8.self) else {
            throw error("\(what) is not UTF-8", at: start)
        }
        return text
    }

    /// Reads a struct: `read` gets the number of every field that is there, from 0, and reads its
    /// value.
    mutating func fields(
        _ what: StaticString, below limit: Int,
        _ read: (inout GobReader, Int) throws(ExportError) -> Void
    ) throws(ExportError) {
        var field = -1
        while true {
            let start = offset
            let step = try unsigned(what)
            if step == 0 { return }
            guard step <= UInt64(limit - 1 - field) else {
                throw error("\(what) has no field that is \(step) after field \(field)", at: start)
            }
            field += Int(step)
            try read(&self, field)
        }
    }

    private mutating func byte(_ what: StaticString) throws(ExportError) -> UInt8 {
        guard !isAtEnd else { throw error("the bytes end within \(what)") }
        defer { offset += 1 }
        return bytes[offset]
    }
}

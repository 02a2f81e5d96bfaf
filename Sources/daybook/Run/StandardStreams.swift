// Standard input by lines and standard output in blocks, for commands that read and print millions
// of lines.

import EventLog
import Glibc
import Jobs
import Operations

/// Buffered output. Nothing is written before a flush.
struct StandardOutput {
    private static let blockBytes = 1 << 16

    private var bytes: [UInt8] = []

    mutating func append(_ text: String) { bytes += text.utf8 }

    mutating func append(_ instant: Timestamp) { InstantText.appendUTC(instant, to: &bytes) }

    mutating func flushIfFull() throws(Failure) {
        if bytes.count >= StandardOutput.blockBytes { try flush() }
    }

    mutating func flush() throws(Failure) {
        guard Descriptor.write(bytes, to: STDOUT_FILENO) else {
            let reason = "cannot write to standard output: \(String(cString: strerror(errno)))"
            throw Failure(code: Failure.inputOutput, reason: reason)
        }
        bytes.removeAll(keepingCapacity: true)
    }
}

/// Input by lines, ended by a line feed, a carriage return and a line feed, or the end of the
/// input: standard input, or a file.
struct StandardInput {
    enum Line {
        case text(String)
        case refused(reason: String)
    }

    private let descriptor: Int32
    private let name: String
    private let lineBytesMax: Int
    /// Grows as far as a line needs.
    private var block = [UInt8](repeating: 0, count: 1 << 16)
    /// The part of the block not yet returned.
    private var rest = 0..<0
    /// How many bytes of the rest, from its beginning, hold no line end.
    private var searched = 0
    private var isAtEnd = false

    /// `name` is used in errors; whoever has opened `descriptor` closes it.
    init(
        _ descriptor: Int32 = STDIN_FILENO, name: String = "standard input", lineBytesMax: Int
    ) {
        self.descriptor = descriptor
        self.name = name
        self.lineBytesMax = lineBytesMax
    }

    private var tooLong: Line { .refused(reason: "is longer than \(lineBytesMax) bytes") }

    /// The next line, without its line end; `nil` after the last.
    mutating func line() throws(Failure) -> Line? {
        if let line = wholeLine() { return line }
        while !isAtEnd {
            try refill()
            if let line = wholeLine() { return line }
            if rest.count > lineBytesMax {
                try skipLine()
                return tooLong
            }
        }
        defer { rest = rest.upperBound..<rest.upperBound }
        return rest.isEmpty ? nil : line(block[rest])
    }

    private mutating func wholeLine() -> Line? {
        guard let end = endOfLine() else {
            searched = rest.count
            return nil
        }
        defer {
            rest = end + 1..<rest.upperBound
            searched = 0
        }
        return line(block[rest.lowerBound..<end])
    }

    private func line(_ bytes: ArraySlice<UInt8>) -> Line {
        let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        guard bytes.count <= lineBytesMax else { return tooLong }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .refused(reason: "is not UTF-8")
        }
        return .text(text)
    }

    private func endOfLine() -> Int? {
        block.withUnsafeBytes { block in
            let start = rest.lowerBound + searched
            guard let base = block.baseAddress, start < rest.upperBound,
                let end = memchr(
                    base + start, CInt(UInt8(ascii: "\n")), rest.upperBound - start)
            else { return nil }
            return UnsafeRawPointer(end) - base
        }
    }

    /// Drops everything up to the end of the line.
    private mutating func skipLine() throws(Failure) {
        searched = 0
        while true {
            if let end = endOfLine() {
                rest = end + 1..<rest.upperBound
                return
            }
            rest = 0..<0
            if isAtEnd { return }
            try refill()
        }
    }

    /// Reads more after the rest.
    private mutating func refill() throws(Failure) {
        if rest.lowerBound > 0 {
            block.replaceSubrange(0..<rest.count, with: block[rest])
            rest = 0..<rest.count
        }
        if rest.count == block.count { block += [UInt8](repeating: 0, count: block.count) }
        let (start, room) = (rest.upperBound, block.count - rest.upperBound)
        while true {
            let count = block.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: start), room)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                let reason = "cannot read \(name): \(String(cString: strerror(errno)))"
                throw Failure(code: Failure.inputOutput, reason: reason)
            }
            isAtEnd = count == 0
            rest = 0..<start + count
            return
        }
    }
}

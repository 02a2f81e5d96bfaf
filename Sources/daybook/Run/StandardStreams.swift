// Standard input by lines and standard output in blocks, for commands that read and print millions
// of lines; and writing to any of the streams.

import EventLog
import Glibc
import Jobs

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

enum Descriptor {
    /// Writes everything, or as much as the stream accepts; false, with `errno` set, if it is not
    /// everything.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// Input by lines, ended by a line feed, a carriage return and a line feed, or the end of the
/// input.
struct StandardInput {
    enum Line {
        case text(String)
        case refused(reason: String)
    }

    /// The most bytes of a line; no schedule with a time is longer.
    private static let lineBytesMax = 4_096
    private static let tooLong = Line.refused(
        reason: "is longer than \(StandardInput.lineBytesMax) bytes")

    private var block = [UInt8](repeating: 0, count: 1 << 16)
    /// The part of the block not yet returned.
    private var rest = 0..<0
    private var isAtEnd = false

    /// The next line, without its line end; `nil` after the last.
    mutating func line() throws(Failure) -> Line? {
        if let line = wholeLine() { return line }
        while !isAtEnd {
            try refill()
            if let line = wholeLine() { return line }
            if rest.count > StandardInput.lineBytesMax {
                try skipLine()
                return StandardInput.tooLong
            }
        }
        defer { rest = rest.upperBound..<rest.upperBound }
        return rest.isEmpty ? nil : line(block[rest])
    }

    private mutating func wholeLine() -> Line? {
        guard let end = endOfLine() else { return nil }
        defer { rest = end + 1..<rest.upperBound }
        return line(block[rest.lowerBound..<end])
    }

    private func line(_ bytes: ArraySlice<UInt8>) -> Line {
        let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        guard bytes.count <= StandardInput.lineBytesMax else { return StandardInput.tooLong }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .refused(reason: "is not UTF-8")
        }
        return .text(text)
    }

    private func endOfLine() -> Int? {
        block.withUnsafeBytes { block in
            guard let base = block.baseAddress, !rest.isEmpty,
                let end = memchr(base + rest.lowerBound, CInt(UInt8(ascii: "\n")), rest.count)
            else { return nil }
            return UnsafeRawPointer(end) - base
        }
    }

    /// Drops everything up to the end of the line.
    private mutating func skipLine() throws(Failure) {
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

    /// Reads more after the rest, which is less than a block.
    private mutating func refill() throws(Failure) {
        block.replaceSubrange(0..<rest.count, with: block[rest])
        rest = 0..<rest.count
        let (start, room) = (rest.upperBound, block.count - rest.upperBound)
        while true {
            let count = block.withUnsafeMutableBytes {
                read(STDIN_FILENO, $0.baseAddress?.advanced(by: start), room)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                let reason = "cannot read standard input: \(String(cString: strerror(errno)))"
                throw Failure(code: Failure.inputOutput, reason: reason)
            }
            isAtEnd = count == 0
            rest = 0..<start + count
            return
        }
    }
}

// Fields of an auditor's state as a base keeps it: appending them to bytes, and reading them from the
// front. Numbers are written in groups of seven bits, the lowest first; instants take eight bytes, little endian.

import EventLog
import Jobs

/// A state that cannot be read.
package struct AuditStateError: Error, Equatable, Sendable {
    /// The number of bytes before what is wrong.
    package let offset: Int
    package let reason: String
}

/// Part of an auditor's state.
protocol AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError)
    func append(to state: inout AuditStateWriter)
}

struct AuditStateWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func add(_ count: Int) { add(UInt64(count)) }

    mutating func add(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func add(_ sequence: SequenceNumber) { add(sequence.rawValue) }

    mutating func add(kind: some RawRepresentable<UInt8>) { bytes.append(kind.rawValue) }

    mutating func add(word: Int64) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func add(_ time: Timestamp) { add(word: time.rawValue) }

    mutating func add(_ text: [UInt8]) {
        add(text.count)
        bytes.append(contentsOf: text)
    }

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    mutating func add(_ part: some AuditStatePart) { part.append(to: &self) }

    /// Whether there is one, and the value.
    mutating func add<Value>(
        _ value: Value?, _ append: (Value, inout AuditStateWriter) -> Void
    ) {
        add(value != nil)
        if let value { append(value, &self) }
    }

    mutating func add<Part: AuditStatePart>(_ part: Part?) {
        add(part) { $0.append(to: &$1) }
    }

    /// Their number, and each of them.
    mutating func add<Values: Collection>(
        all values: Values, _ append: (Values.Element, inout AuditStateWriter) -> Void
    ) {
        add(values.count)
        for value in values { append(value, &self) }
    }

    mutating func add(all parts: some Collection<some AuditStatePart>) {
        add(all: parts) { $0.append(to: &$1) }
    }
}

/// Every read checks that its bytes exist before it touches or allocates anything.
struct AuditStateReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    func error(_ reason: String) -> AuditStateError {
        AuditStateError(offset: offset, reason: reason)
    }

    mutating func byte() throws(AuditStateError) -> UInt8 {
        guard offset < bytes.count else { throw error("the state ends too early") }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func number() throws(AuditStateError) -> UInt64 {
        var (number, shift) = (UInt64(0), UInt64(0))
        while true {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw error("a number is too large") }
            guard shift == 0 || byte != 0 else { throw error("a number has a zero too many") }
            number |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return number }
            shift += 7
        }
    }

    mutating func count() throws(AuditStateError) -> Int {
        guard let count = Int(exactly: try number()) else { throw error("a count is too large") }
        return count
    }

    mutating func number<Narrow: FixedWidthInteger>(
        _: Narrow.Type
    ) throws(AuditStateError) -> Narrow {
        guard let narrow = Narrow(exactly: try number()) else {
            throw error("a number is too large")
        }
        return narrow
    }

    mutating func flag() throws(AuditStateError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw error("a flag is neither 0 nor 1")
        }
    }

    mutating func sequence() throws(AuditStateError) -> SequenceNumber {
        SequenceNumber(try number())
    }

    mutating func word() throws(AuditStateError) -> Int64 {
        let part = try slice(8)
        return part.reversed().reduce(0) { $0 << 8 | Int64($1) }
    }

    mutating func time() throws(AuditStateError) -> Timestamp {
        Timestamp(nanoseconds: try word())
    }

    mutating func content() throws(AuditStateError) -> [UInt8] { Array(try slice(try count())) }

    mutating func text() throws(AuditStateError) -> String {
        guard let text = String(validating: try content(), as: UTF8.self) else {
            throw error("a text is not UTF-8")
        }
        return text
    }

    mutating func route() throws(AuditStateError) -> RouteKey {
        guard let route = RouteKey(storedKey: try content()) else {
            throw error("a route's key is no key")
        }
        return route
    }

    mutating func job() throws(AuditStateError) -> JobID {
        guard let job = JobID(key: try content()) else { throw error("a job's key is no key") }
        return job
    }

    /// A value of an enumeration.
    mutating func kind<Kind: RawRepresentable>(
        _: Kind.Type
    ) throws(AuditStateError) -> Kind where Kind.RawValue == UInt8 {
        guard let kind = Kind(rawValue: try byte()) else { throw error("there is no such kind") }
        return kind
    }

    mutating func part<Part: AuditStatePart>() throws(AuditStateError) -> Part { try Part(&self) }

    mutating func optional<Value>(
        _ read: (inout AuditStateReader) throws(AuditStateError) -> Value
    ) throws(AuditStateError) -> Value? {
        try flag() ? try read(&self) : nil
    }

    mutating func partIfAny<Part: AuditStatePart>() throws(AuditStateError) -> Part? {
        try optional { state throws(AuditStateError) in try Part(&state) }
    }

    mutating func all<Value>(
        _ read: (inout AuditStateReader) throws(AuditStateError) -> Value
    ) throws(AuditStateError) -> [Value] {
        var values: [Value] = []
        for _ in 0..<(try count()) { values.append(try read(&self)) }
        return values
    }

    mutating func all<Part: AuditStatePart>() throws(AuditStateError) -> [Part] {
        try all { state throws(AuditStateError) in try Part(&state) }
    }

    private mutating func slice(_ count: Int) throws(AuditStateError) -> ArraySlice<UInt8> {
        guard bytes.count - offset >= count else { throw error("the state ends too early") }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }
}

extension LogMoment: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        self.init(sequence: try state.sequence(), time: try state.time())
    }

    func append(to state: inout AuditStateWriter) {
        state.add(sequence)
        state.add(time)
    }
}

// Some consecutive turns as bytes that compress well: what is alike lies together, numbers and times are
// differences from those before, and digests are left out, because whoever reads the turns computes
// them anyway.

import EventLog
import LMDBLog

struct TurnBlock {
    /// The seal before the first turn.
    private(set) var last: Seal
    private(set) var turns = 0
    private(set) var records = 0
    /// Bytes of records and payloads.
    private(set) var contentBytes = 0
    private var seals = NumberWriter()
    private var lengths = NumberWriter()
    private var payloadLengths = NumberWriter()
    private var recordBytes: [UInt8] = []
    private var payloadBytes: [UInt8] = []

    init(after seal: Seal) { last = seal }

    mutating func add(_ turn: SealedTurn) {
        let records = turn.turn.records
        seals.add(UInt64(records.count))
        seals.add(difference: turn.seal.time.rawValue, last.time.rawValue)
        seals.add(difference: turn.seal.decidedThrough.rawValue, turn.seal.time.rawValue)
        for index in 0..<records.count { lengths.add(UInt64(records.range(at: index).count)) }
        recordBytes += records.bytes
        payloadLengths.add(UInt64(turn.turn.payloads.count))
        for payload in turn.turn.payloads {
            payloadLengths.add(payload.generation.rawValue - records.first.rawValue)
            payloadLengths.add(UInt64(payload.bytes.count))
            payloadBytes += payload.bytes
        }
        turns += 1
        self.records += records.count
        contentBytes = recordBytes.count + payloadBytes.count
        last = turn.seal
    }

    var bytes: [UInt8] {
        var head = NumberWriter()
        head.add(UInt64(turns))
        for part in [seals.bytes.count, lengths.bytes.count, payloadLengths.bytes.count] {
            head.add(UInt64(part))
        }
        return head.bytes + seals.bytes + lengths.bytes + payloadLengths.bytes + recordBytes
            + payloadBytes
    }

    /// The turns of a block after `seal`; `nil` if it cannot have been written.
    static func turns(of bytes: [UInt8], after seal: Seal) -> [Turn]? {
        var head = NumberReader(bytes[...])
        guard let count = head.next(), let sealBytes = head.count(), let lengthBytes = head.count(),
            let payloadLengthBytes = head.count(),
            var seals = head.part(sealBytes), var lengths = head.part(lengthBytes),
            var payloadLengths = head.part(payloadLengthBytes), count <= UInt64(bytes.count)
        else { return nil }
        var cut = head.rest
        var shapes: [(records: Int, time: Int64, decidedThrough: Int64)] = []
        var time = seal.time.rawValue
        for _ in 0..<count {
            guard let records = seals.count(), records > 0, let at = seals.next(after: time),
                let decided = seals.next(after: at)
            else { return nil }
            time = at
            shapes.append((records, at, decided))
        }
        var turns: [Turn] = []
        var next = seal.last.next
        for shape in shapes {
            var records = RecordBatch(first: next)
            for _ in 0..<shape.records {
                guard let length = lengths.count(), let bytes = cut.take(length) else {
                    return nil
                }
                records.append { $0 += bytes }
            }
            turns.append(
                Turn(
                    records: records, time: Timestamp(rawValue: shape.time),
                    decidedThrough: Timestamp(rawValue: shape.decidedThrough)))
            next = records.last.next
        }
        for index in turns.indices {
            guard let payloads = payloadLengths.count() else { return nil }
            for _ in 0..<payloads {
                guard let offset = payloadLengths.next(), let length = payloadLengths.count(),
                    offset < UInt64(turns[index].records.count), let bytes = cut.take(length)
                else { return nil }
                let first = turns[index].records.first.rawValue
                turns[index].payloads.append(
                    Turn.Payload(
                        generation: SequenceNumber(first + offset), bytes: Array(bytes)))
            }
        }
        let isRead = seals.isAtEnd && lengths.isAtEnd && payloadLengths.isAtEnd && cut.isEmpty
        return isRead ? turns : nil
    }
}

/// Numbers in groups of seven bits, the lowest first.
private struct NumberWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Small differences of either sign are small numbers.
    mutating func add(difference number: Int64, _ before: Int64) {
        let difference = number &- before
        add(UInt64(bitPattern: (difference << 1) ^ (difference >> 63)))
    }
}

private struct NumberReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func next() -> UInt64? {
        var (number, shift) = (UInt64(0), UInt64(0))
        while let byte = rest.popFirst() {
            guard shift < 63 || byte <= 1 else { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return number }
            shift += 7
        }
        return nil
    }

    mutating func next(after before: Int64) -> Int64? {
        next().map { before &+ (Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1)) }
    }

    /// A number of things that take at least a byte each.
    mutating func count() -> Int? { next().flatMap { Int(exactly: $0) } }

    /// The next bytes as numbers of their own.
    mutating func part(_ count: Int) -> NumberReader? {
        rest.take(count).map { NumberReader($0) }
    }
}

extension ArraySlice<UInt8> {
    /// Takes bytes from the front; `nil` if there are fewer.
    fileprivate mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= self.count else { return nil }
        defer { removeFirst(count) }
        return prefix(count)
    }
}

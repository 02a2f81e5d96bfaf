// What every log must do, written once and run against each: `MemoryLog` in EventLogTests,
// `LMDBLog` in LMDBLogTests.

package import EventLog
import Testing

/// The clauses of the contract; the raw value says what is promised.
package enum ContractClause: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case empty = "a new log is empty and its head is the genesis of its identity"
    case keeps = "what was appended is read back in order, with its seals"
    case chain = "every turn's digest continues the chain of all before it"
    case payloads =
        "a payload is kept under its generation, byte for byte; other generations have none"
    case pages = "pages of any size join to the same log"
    case pageLimit = "a read never returns more records than the limit of reads, nor than asked for"
    case seals = "a page has exactly the seals that close its records"
    case beyond = "nothing stands behind the head"
    case superseded = "a turn after any other head is refused, names the head, and changes nothing"
    case reopening = "reopening keeps records, seals, payloads and identity"
    case continuing = "a reopened log goes on where it stood"
    case limits = "a turn with as many records, and records as large, as the limits allow is kept"
    case largePayload = "one payload larger than a turn may stand alone in its turn"
    case emptyRecord = "an empty record and an empty payload are kept"
    case beside = "a reader beside the writer sees what is durable, and goes on seeing it"
    case times = "times and what was decided through survive at both ends of their range"

    package var testDescription: String { rawValue }
}

/// Runs the clauses against logs made by `open`: called again after the value before it is gone, it
/// must open the same log, as a new process would.
package struct EventLogContract<Log: EventLog & ~Copyable> {
    let open: (LogLimits) throws -> Log

    package init(open: @escaping (LogLimits) throws -> Log) { self.open = open }

    package func check(_ clause: ContractClause) throws {
        switch clause {
        case .empty: try checkEmpty()
        case .keeps: try checkKeeps()
        case .chain: try checkChain()
        case .payloads: try checkPayloads()
        case .pages: try checkPages()
        case .pageLimit: try checkPageLimit()
        case .seals: try checkSeals()
        case .beyond: try checkBeyond()
        case .superseded: try checkSuperseded()
        case .reopening: try checkReopening()
        case .continuing: try checkContinuing()
        case .limits: try checkLimits()
        case .largePayload: try checkLargePayload()
        case .emptyRecord: try checkEmptyRecord()
        case .beside: try checkBeside()
        case .times: try checkTimes()
        }
    }
}

extension EventLogContract where Log: ~Copyable {
    private func checkEmpty() throws {
        let log = try open(LogLimits())
        #expect(try log.head() == .genesis(of: log.identity))
        #expect(try log.read(after: .zero, limit: 10) == Sample.emptyPage(after: .zero))
        #expect(try log.payload(of: SequenceNumber(1)) == nil)
    }

    private func checkKeeps() throws {
        var log = try open(LogLimits())
        let turns = Sample.turns([3, 1, 2])
        let seals = try Sample.append(turns, to: &log)
        let page = try log.read(after: .zero, limit: 100)
        #expect(page.records == Sample.joined(turns))
        #expect(page.seals == seals)
        #expect(try log.head() == seals.last)
    }

    private func checkChain() throws {
        var log = try open(LogLimits())
        try Sample.append(Sample.turns([1, 2, 3, 4]), to: &log)
        var check = SealCheck(after: .genesis(of: log.identity))
        try check.add(try log.read(after: .zero, limit: 100))
        try check.finish()
        #expect(check.verified == (try log.head()))
        #expect(check.verified.last == SequenceNumber(10))
    }

    private func checkPayloads() throws {
        var log = try open(LogLimits())
        var turn = Sample.turn(first: SequenceNumber(1), records: 3)
        let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        turn.payloads = [
            Turn.Payload(generation: SequenceNumber(1), bytes: [1, 2, 3]),
            Turn.Payload(generation: SequenceNumber(3), bytes: large),
        ]
        _ = try log.append(turn, after: .zero)
        #expect(try log.payload(of: SequenceNumber(1)) == [1, 2, 3])
        #expect(try log.payload(of: SequenceNumber(2)) == nil)
        #expect(try log.payload(of: SequenceNumber(3)) == large)
        #expect(try log.payload(of: SequenceNumber(4)) == nil)
    }

    private func checkPages() throws {
        var log = try open(LogLimits())
        let turns = Sample.turns([5, 1, 7, 2])
        let seals = try Sample.append(turns, to: &log)
        for size in 1...16 {
            let all = try Sample.everything(in: log, pageSize: size)
            #expect(all.records == Sample.joined(turns))
            #expect(all.seals == seals)
        }
    }

    private func checkPageLimit() throws {
        var limits = LogLimits()
        limits.readRecordsMax = 4
        var log = try open(limits)
        try Sample.append(Sample.turns([9]), to: &log)
        #expect(try log.read(after: .zero, limit: 3).records.count == 3)
        #expect(try log.read(after: .zero, limit: 4).records.count == 4)
        #expect(try log.read(after: .zero, limit: 5).records.count == 4)
        #expect(try log.read(after: SequenceNumber(8), limit: 5).records.count == 1)
        #expect(try log.read(after: .zero, limit: 0) == Sample.emptyPage(after: .zero))
    }

    private func checkSeals() throws {
        var log = try open(LogLimits())
        let seals = try Sample.append(Sample.turns([2, 3, 1]), to: &log)
        #expect(try log.read(after: .zero, limit: 1).seals.isEmpty)
        #expect(try log.read(after: .zero, limit: 2).seals == [seals[0]])
        #expect(try log.read(after: SequenceNumber(1), limit: 4).seals == [seals[0], seals[1]])
        #expect(try log.read(after: SequenceNumber(2), limit: 4).seals == [seals[1], seals[2]])
        #expect(try log.read(after: SequenceNumber(5), limit: 4).seals == [seals[2]])
    }

    private func checkBeyond() throws {
        var log = try open(LogLimits())
        try Sample.append(Sample.turns([3]), to: &log)
        for sequence in [SequenceNumber(3), SequenceNumber(4), SequenceNumber(.max)] {
            #expect(
                try log.read(after: sequence, limit: 10) == Sample.emptyPage(after: sequence))
        }
    }

    private func checkSuperseded() throws {
        var log = try open(LogLimits())
        let seals = try Sample.append(Sample.turns([2, 2]), to: &log)
        for head in [SequenceNumber.zero, SequenceNumber(2), SequenceNumber(3), SequenceNumber(9)] {
            #expect(throws: LogError.superseded(head: SequenceNumber(4))) {
                try log.append(Sample.turn(first: head.next, records: 1), after: head)
            }
        }
        #expect(try log.head() == seals[1])
        #expect(try log.read(after: .zero, limit: 10).records.count == 4)
    }

    private func checkReopening() throws {
        var turns = Sample.turns([2, 3])
        turns[1].payloads = [Turn.Payload(generation: SequenceNumber(4), bytes: [9, 8])]
        var log = try open(LogLimits())
        let seals = try Sample.append(turns, to: &log)
        let identity = log.identity
        _ = consume log

        let reopened = try open(LogLimits())
        #expect(reopened.identity == identity)
        #expect(try reopened.head() == seals[1])
        let page = try reopened.read(after: .zero, limit: 10)
        #expect(page == LogPage(records: Sample.joined(turns), seals: seals))
        #expect(try reopened.payload(of: SequenceNumber(4)) == [9, 8])
    }

    private func checkContinuing() throws {
        var last = SequenceNumber.zero
        for _ in 0..<4 {
            var log = try open(LogLimits())
            #expect(try log.head().last == last)
            let turn = Sample.turn(first: last.next, records: 3)
            last = try log.append(turn, after: last).last
            var check = SealCheck(after: .genesis(of: log.identity))
            try check.add(try log.read(after: .zero, limit: 100))
            try check.finish()
        }
        #expect(last == SequenceNumber(12))
    }

    private func checkLimits() throws {
        var limits = LogLimits()
        limits.turnRecordsMax = 20
        limits.recordBytesMax = 5_000
        limits.turnBytesMax = 20 * 5_000
        var log = try open(limits)
        let turn = Sample.turn(first: SequenceNumber(1), records: 20, bytes: 5_000)
        _ = try log.append(turn, after: .zero)
        #expect(try log.read(after: .zero, limit: 100).records == turn.records)
    }

    private func checkLargePayload() throws {
        var limits = LogLimits()
        limits.turnBytesMax = 10_000
        limits.payloadBytesMax = 50_000
        var log = try open(limits)
        var turn = Sample.turn(first: SequenceNumber(1), records: 1)
        let bytes = [UInt8](repeating: 7, count: 50_000)
        turn.payloads = [Turn.Payload(generation: SequenceNumber(1), bytes: bytes)]
        _ = try log.append(turn, after: .zero)
        #expect(try log.payload(of: SequenceNumber(1)) == bytes)
    }

    private func checkEmptyRecord() throws {
        var log = try open(LogLimits())
        var turn = Sample.turn(first: SequenceNumber(1), records: 3, bytes: 0)
        turn.payloads = [Turn.Payload(generation: SequenceNumber(2), bytes: [])]
        _ = try log.append(turn, after: .zero)
        #expect(try log.read(after: .zero, limit: 10).records == turn.records)
        #expect(try log.payload(of: SequenceNumber(2)) == [])
    }

    private func checkTimes() throws {
        var log = try open(LogLimits())
        var head = SequenceNumber.zero
        for time in [Timestamp.earliest, .latest, Timestamp(nanoseconds: -1)] {
            let records = Sample.turn(first: head.next, records: 1).records
            let turn = Turn(records: records, time: time, decidedThrough: .latest)
            let seal = try log.append(turn, after: head)
            #expect(seal.time == time)
            #expect(try log.head() == seal)
            head = seal.last
        }
    }
}

/// Turns to append: every record's bytes are a function of its sequence number.
package enum Sample {
    package static func turn(
        first: SequenceNumber, records count: Int, bytes size: Int? = nil
    ) -> Turn {
        var records = RecordBatch(first: first)
        for index in 0..<count {
            let sequence = first.rawValue &+ UInt64(index)
            let size = size ?? Int(sequence % 97) + 1
            records.append { bytes in
                for offset in 0..<size {
                    bytes.append(UInt8(truncatingIfNeeded: sequence &* 31 &+ UInt64(offset)))
                }
            }
        }
        let time = Timestamp(nanoseconds: Int64(clamping: first.rawValue) * 1_000)
        return Turn(records: records, time: time, decidedThrough: time)
    }

    /// Turns in a row from number 1, with so many records each.
    package static func turns(_ counts: [Int]) -> [Turn] {
        var first = SequenceNumber(1)
        return counts.map { count in
            let turn = turn(first: first, records: count)
            first = turn.records.last.next
            return turn
        }
    }

    @discardableResult
    package static func append(
        _ turns: [Turn], to log: inout some EventLog & ~Copyable
    ) throws -> [Seal] {
        var head = try log.head().last
        var seals = [Seal]()
        for turn in turns {
            let seal = try log.append(turn, after: head)
            head = seal.last
            seals.append(seal)
        }
        return seals
    }

    /// The whole log in one page, read page by page.
    package static func everything(
        in log: borrowing some LogReader & ~Copyable, pageSize: Int
    ) throws -> LogPage {
        var all = LogPage(records: RecordBatch(first: SequenceNumber(1)), seals: [])
        while true {
            let page = try log.read(after: all.records.last, limit: pageSize)
            if page.records.isEmpty { return all }
            all.records.append(page.records)
            all.seals += page.seals
        }
    }

    package static func joined(_ turns: [Turn]) -> RecordBatch {
        var all = RecordBatch(first: SequenceNumber(1))
        for turn in turns { all.append(turn.records) }
        return all
    }

    package static func emptyPage(after sequence: SequenceNumber) -> LogPage {
        LogPage(records: RecordBatch(first: sequence.next), seals: [])
    }
}

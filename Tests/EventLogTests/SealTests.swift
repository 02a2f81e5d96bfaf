import EventLog
import TestSupport
import Testing

@Suite("Seals chain the whole log")
struct SealTests {
    @Test("the digest is SHA-256 over the bytes the format names")
    func bytes() throws {
        let genesis = Seal.genesis(of: try Self.identity())
        var chain = DigestChain(after: genesis)
        let turn = Sample.turn(first: SequenceNumber(1), records: 1, bytes: 3)
        chain.add(turn.records)
        let seal = chain.close(
            first: SequenceNumber(1), last: SequenceNumber(1),
            time: Timestamp(nanoseconds: 5), decidedThrough: Timestamp(nanoseconds: -1))
        func word(_ value: UInt64) -> [UInt8] {
            (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let framed = word(1) + [3, 0, 0, 0] + turn.records.bytes
        let fields = word(1) + word(1) + word(5) + word(.max)
        #expect(seal.digest == Digest.sha256(genesis.digest + framed + fields))
    }

    @Test("a good log passes, in pages of any size")
    func good() throws {
        let log = try Self.page()
        for size in 1...7 {
            var check = try Self.check()
            for page in Self.split(log, every: size) { try check.add(page) }
            try check.finish()
            #expect(check.verified == log.seals.last)
        }
    }

    @Test("a changed byte is found in the turn it stands in")
    func changedByte() throws {
        let page = try Self.page()
        for index in page.records.bytes.indices {
            var bytes = page.records.bytes
            bytes[index] ^= 1
            var records = RecordBatch(first: SequenceNumber(1))
            bytes.withUnsafeBytes { bytes in
                for record in 0..<page.records.count {
                    let range = page.records.range(at: record)
                    records.append(UnsafeRawBufferPointer(rebasing: bytes[range]))
                }
            }
            var check = try Self.check()
            #expect(throws: LogError.self) {
                try check.add(LogPage(records: records, seals: page.seals))
            }
        }
    }

    @Test("every field of a seal is covered")
    func changedSeal() throws {
        let page = try Self.page()
        let changes: [(inout Seal) -> Void] = [
            { $0.first = $0.first.next }, { $0.last = $0.last.next },
            { $0.time = Timestamp(nanoseconds: $0.time.rawValue + 1) },
            { $0.decidedThrough = Timestamp(nanoseconds: $0.decidedThrough.rawValue + 1) },
            { $0.digest[31] ^= 1 },
        ]
        for change in changes {
            var changed = page
            change(&changed.seals[1])
            var check = try Self.check()
            #expect(throws: LogError.self) {
                try check.add(changed)
                try check.finish()
            }
        }
    }

    @Test("a missing seal, and records behind the last one, are found")
    func missingSeal() throws {
        let page = try Self.page()
        for index in page.seals.indices {
            var shorter = page
            shorter.seals.remove(at: index)
            var check = try Self.check()
            #expect(throws: LogError.self) {
                try check.add(shorter)
                try check.finish()
            }
        }
    }

    @Test("another log's identity gives another chain")
    func identities() throws {
        let page = try Self.page()
        let other = try #require(LogID(bytes: [UInt8](repeating: 9, count: 16)))
        var check = SealCheck(after: .genesis(of: other))
        #expect(throws: LogError.self) { try check.add(page) }
    }

    private static func identity() throws -> LogID {
        try #require(LogID(bytes: [UInt8](repeating: 1, count: 16)))
    }

    private static func check() throws -> SealCheck {
        SealCheck(after: .genesis(of: try identity()))
    }

    /// Three turns: records 1 and 2, 3 to 5, 6.
    private static func page() throws -> LogPage {
        var log = MemoryLog(acquiring: MemoryStorage(identity: try identity()))
        try Sample.append(Sample.turns([2, 3, 1]), to: &log)
        return log.read(after: .zero, limit: 100)
    }

    private static func split(_ page: LogPage, every size: Int) -> [LogPage] {
        stride(from: 0, to: page.records.count, by: size).map { start in
            var records = RecordBatch(first: page.records.sequence(at: start))
            page.records.bytes.withUnsafeBytes { bytes in
                for index in start..<min(start + size, page.records.count) {
                    let range = page.records.range(at: index)
                    records.append(UnsafeRawBufferPointer(rebasing: bytes[range]))
                }
            }
            let seals = page.seals.filter { $0.last >= records.first && $0.last <= records.last }
            return LogPage(records: records, seals: seals)
        }
    }
}

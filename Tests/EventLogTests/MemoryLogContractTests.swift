import EventLog
import TestSupport
import Testing

@Suite("The log in memory keeps the contract of every log")
struct MemoryLogContractTests {
    @Test("it keeps the clause", arguments: ContractClause.allCases)
    func keeps(_ clause: ContractClause) throws {
        let storage = MemoryStorage(identity: .random())
        let contract = EventLogContract { MemoryLog(acquiring: storage, limits: $0) }
        try contract.check(clause)
    }

    @Test("a log that was acquired anew can no longer be appended to by its former writer")
    func supersededByAcquiring() throws {
        let storage = MemoryStorage(identity: .random())
        var former = MemoryLog(acquiring: storage)
        var latter = MemoryLog(acquiring: storage)
        let turn = Sample.turn(first: SequenceNumber(1), records: 1)
        #expect(throws: LogError.superseded(head: .zero)) {
            try former.append(turn, after: .zero)
        }
        _ = try latter.append(turn, after: .zero)
        #expect(former.head() == latter.head())
    }

    @Test("a failure set for the next append is thrown once, and nothing is stored")
    func failsOnce() throws {
        let storage = MemoryStorage(identity: .random())
        var log = MemoryLog(acquiring: storage)
        let failure = LogError.notStored(.full, detail: "planned")
        storage.failNextAppend(with: failure)
        let turn = Sample.turn(first: SequenceNumber(1), records: 2)
        #expect(throws: failure) { try log.append(turn, after: .zero) }
        #expect(log.head().last == .zero)
        #expect(try log.append(turn, after: .zero).last == SequenceNumber(2))
    }
}

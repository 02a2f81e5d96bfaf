import EventLog
import LMDBLog
import TestSupport
import Testing

@Suite("The log on disk keeps the contract of every log")
struct LMDBLogContractTests {
    @Test("it keeps the clause", arguments: ContractClause.allCases)
    func keeps(_ clause: ContractClause) throws {
        let place = try Place()
        let contract = EventLogContract { limits in
            try LMDBLog(directory: place.data, limits: limits, options: .small)
        }
        try contract.check(clause)
    }

    @Test("it keeps the clause, with a segment a turn", arguments: ContractClause.allCases)
    func keepsInSegments(_ clause: ContractClause) throws {
        let place = try Place()
        let contract = EventLogContract { limits in
            try LMDBLog(directory: place.data, limits: limits, options: .oneTurnSegments)
        }
        try contract.check(clause)
    }
}

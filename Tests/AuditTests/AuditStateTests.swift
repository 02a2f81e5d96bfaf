import Audit
import EventLog
import Jobs
import TestSupport
import Testing

@Suite("Going on from what an auditor has to know")
struct AuditStateTests {
    /// A history judged in two parts: the second by an auditor that begins with the state after the first.
    private struct Parts {
        var first: Audit
        var second: Audit

        init(_ history: RandomHistory, cut: Int) throws {
            first = Audit()
            var definitions: [SequenceNumber: Definition] = [:]
            for turn in history.turns[..<cut] {
                for record in turn.records { definitions[record.sequence] = record.event.accepted }
                first.judge(turn)
            }
            second = try Audit(from: first.state(), at: history.turns[cut - 1].seal) {
                generation throws(LogError) in
                guard let definition = definitions[generation] else {
                    throw .damaged(at: generation, detail: "no job")
                }
                return definition
            }
            #expect(second.state() == first.state())
            for turn in history.turns[cut...] { second.judge(turn) }
        }
    }

    private static let faults = Fault.allCases.map { $0 as Fault? } + [nil, nil]

    @Test("it finds and counts what an auditor of the whole history does behind the cut")
    func sum() throws {
        for seed in UInt64(1)...400 {
            let fault = Self.faults[Int(seed) % Self.faults.count]
            var history = RandomHistory(seed: seed, fault: fault)
            history.generate()
            var random = SeededGenerator(seed: seed)
            let parts = try Parts(history, cut: 1 + random.below(history.turns.count - 1))
            let comment: Comment = "seed \(seed), \(history.weather)"
            #expect(parts.second.state() == history.audit.state(), comment)
            check(parts, history.audit.report(), comment)
        }
    }

    private func check(_ parts: Parts, _ whole: AuditReport, _ comment: Comment) {
        let (first, second) = (parts.first.report(), parts.second.report())
        // A report ends with what is open; of the first part that is not over.
        #expect(second.pending == whole.pending, comment)
        #expect(second.jobsLive == whole.jobsLive, comment)
        #expect(second.head == whole.head, comment)
        // What is wrong at the end of the first part is in its report, and again where that becomes certain.
        for kind in Finding.Kind.allCases {
            let (a, b, all) = (first.findingCounts, second.findingCounts, whole.findingCounts)
            #expect(b[kind] <= all[kind], "\(kind), \(comment)")
            #expect(a[kind] + b[kind] >= all[kind], "\(kind), \(comment)")
        }
        for story in Story.allCases where story != .pending {
            let (a, b, all) = (first.stories.counts, second.stories.counts, whole.stories.counts)
            if story == .missed || story == .unexplained {
                #expect(b[story] <= all[story], "\(story), \(comment)")
                #expect(a[story] + b[story] >= all[story], "\(story), \(comment)")
            } else {
                #expect(a[story] + b[story] == all[story], "\(story), \(comment)")
            }
        }
        #expect(second.stories.counts[.pending] == whole.stories.counts[.pending], comment)
        for cause in LateCause.allCases {
            #expect(
                first.stories.lateCounts[cause] + second.stories.lateCounts[cause]
                    == whole.stories.lateCounts[cause], "\(cause), \(comment)")
        }
        for cause in PossibleDuplicate.Cause.allCases {
            #expect(
                first.possibleDuplicateCounts[cause] + second.possibleDuplicateCounts[cause]
                    == whole.possibleDuplicateCounts[cause], "\(cause), \(comment)")
        }
        #expect(
            first.sureDuplicateCount + second.sureDuplicateCount == whole.sureDuplicateCount,
            comment)
        #expect(first.totals.triggers + second.totals.triggers == whole.totals.triggers, comment)
        #expect(
            first.totals.acknowledgements.total + second.totals.acknowledgements.total
                == whole.totals.acknowledgements.total, comment)
        #expect(first.uptime.crashCount + second.uptime.crashCount == whole.uptime.crashCount)
    }

    @Test("a damaged state is refused or read, and never traps")
    func damage() throws {
        var history = RandomHistory(seed: 7)
        history.generate()
        let (state, seal) = (history.audit.state(), try #require(history.turns.last).seal)
        var definitions: [SequenceNumber: Definition] = [:]
        for record in history.turns.flatMap(\.records) {
            definitions[record.sequence] = record.event.accepted
        }
        func read(_ bytes: [UInt8]) throws(LogError) -> Audit {
            try Audit(from: bytes, at: seal) { generation throws(LogError) in
                guard let definition = definitions[generation] else {
                    throw .damaged(at: generation, detail: "no job")
                }
                return definition
            }
        }
        for count in 0..<state.count {
            #expect(throws: LogError.self) { try read(Array(state[..<count])) }
        }
        #expect(throws: LogError.self) { try read(state + [0]) }
        // What can be read all the same must not trap.
        var readable = 0
        for place in state.indices {
            for flipped in [UInt8(1), 0x80, 0xFF] {
                var altered = state
                altered[place] ^= flipped
                guard let audit = try? read(altered) else { continue }
                readable += 1
                _ = audit.report()
            }
        }
        #expect(readable > 0)
    }
}

extension Audit {
    fileprivate mutating func judge(_ turn: (records: [Record], seal: Seal)) {
        for record in turn.records { add(record) }
        add(turn.seal)
    }
}

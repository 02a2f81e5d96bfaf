import Audit
import EventLog
import Jobs
import Testing

@Suite("Judging random histories with known results")
struct RandomHistoryTests {
    /// One history in three is without a fault.
    private static let faults = Fault.allCases.flatMap { [$0, $0] as [Fault?] + [nil] }
    private static let seeds = UInt64(1)...1_530

    @Test("what was planted is found, nothing else is, and every tick has its story")
    func truth() {
        var planted: [Fault: Int] = [:]
        var told: [Story: Int] = [:]
        var causes: [LateCause: Int] = [:]
        for seed in Self.seeds {
            let fault = Self.faults[Int(seed) % Self.faults.count]
            var history = RandomHistory(seed: seed, fault: fault)
            history.generate()
            check(history, seed)
            if let fault, history.fault == nil { planted[fault, default: 0] += 1 }
            told.merge(history.truth.stories, uniquingKeysWith: +)
            causes.merge(history.truth.lateCauses, uniquingKeysWith: +)
        }
        for fault in Fault.allCases {
            #expect(planted[fault, default: 0] >= 10, "\(fault) was planted too seldom")
        }
        // What no random history has is tested by a history written by hand.
        for story in Story.allCases where story != .skipped {
            #expect(told[story, default: 0] >= 20, "\(story) was told too seldom")
        }
        for cause in LateCause.allCases where ![.clock, .gate, .rules].contains(cause) {
            #expect(causes[cause, default: 0] >= 20, "\(cause) was told too seldom")
        }
    }

    private func check(_ history: RandomHistory, _ seed: UInt64) {
        let report = history.audit.report()
        let truth = history.truth
        let comment: Comment = "seed \(seed), \(history.weather)"
        for kind in Finding.Kind.allCases {
            #expect(report.findingCounts[kind] == truth.findings[kind, default: 0], comment)
        }
        for story in Story.allCases {
            #expect(
                report.stories.counts[story] == truth.stories[story, default: 0],
                "\(story), \(comment)")
        }
        for cause in PossibleDuplicate.Cause.allCases {
            #expect(
                report.possibleDuplicateCounts[cause] == truth.duplicates[cause, default: 0],
                "\(cause), \(comment)")
        }
        #expect(report.sureDuplicateCount == truth.sureDuplicates, comment)
        #expect(report.uptime.writerCount == truth.writers, comment)
        #expect(report.uptime.crashCount == truth.crashes, comment)
        // If the clock was moved, seconds cannot be counted one by one.
        guard !history.weather.hasClockMoves else { return }
        #expect(report.uptime.downtimes.total == .seconds(truth.downSeconds), comment)
        #expect(report.uptime.silences.count == truth.silences, comment)
        for cause in LateCause.allCases {
            #expect(
                report.stories.lateCounts[cause] == truth.lateCauses[cause, default: 0],
                "\(cause), \(comment)")
        }
    }
}

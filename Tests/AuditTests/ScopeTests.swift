import Audit
import EventLog
import Jobs
import Testing

@Suite("Reporting a part of what was judged")
struct ScopeTests {
    private static func of(_ name: String) -> AuditScope { AuditScope { $0.name == name } }

    private static func from(_ seconds: Int64) -> AuditScope {
        AuditScope(from: Timestamp(seconds: seconds), jobs: nil)
    }

    @Test(
        "a missed tick is reported if its job is selected",
        arguments: [("guilty", [Story.missed: 1]), ("innocent", [.onTime: 1]), ("nobody", [:])])
    func jobs(name: String, stories: [Story: Int]) throws {
        var history = try History.ready(scope: Self.of(name))
        try history.created("guilty")
        let innocent = try history.created("innocent")
        history.run(innocent, at: 60)
        history.seal(through: 60)
        let report = history.audit.report()
        #expect(history.stories == stories)
        #expect(report.isClean == (name != "guilty"))
        #expect(report.findings.map(\.job?.name) == (name == "guilty" ? ["guilty"] : []))
        #expect(report.totals.triggers == (name == "innocent" ? 1 : 0))
        #expect(report.totals.jobsCreated == (name == "nobody" ? 0 : 1))
        #expect(report.jobsLive == (name == "guilty" ? 1 : 0))
        #expect(report.stories.apps.map(\.route.receiverName) == (name == "nobody" ? [] : ["shop"]))
    }

    @Test(
        "a missed tick is reported if it was due in the stretch, whenever that was noticed",
        arguments: [60, 61, 121])
    func stretch(start: Int64) throws {
        var history = try History.ready(scope: Self.from(start))
        let job = try history.created(schedule: "@every 60s", repeats: 2)
        let trigger = history.triggered(job, tick: 2, due: 120, at: 120)
        history.acknowledged(trigger, .succeeded, at: 130)
        history.deleted(job, .completed)
        let report = history.audit.report()
        #expect(report.findingCounts[.missed] == (start == 60 ? 1 : 0))
        #expect(history.stories[.missed, default: 0] == (start == 60 ? 1 : 0))
        #expect(report.totals.triggers == (start <= 120 ? 1 : 0))
        #expect(report.totals.acknowledgements.total == (start <= 120 ? 1 : 0))
        #expect(report.totals.jobsDeleted == 1)
        #expect(report.totals.jobsCreated == 0)
    }

    @Test("what came before decides the judgement, though it is not reported")
    func past() throws {
        var history = try History.ready(scope: Self.from(100))
        let job = try history.created(schedule: "@every 60s")
        let first = history.triggered(job, at: 60)
        history.acknowledged(first, .succeeded, next: (2, 120))
        history.triggered(job, tick: 2, due: 120, at: 120)
        history.triggered(job, tick: 2, due: 120, at: 121)
        #expect(history.verdicts.count == 1)
        #expect(history.audit.report().findingCounts[.duplicate] == 1)
    }

    @Test("a finding that names no job is always reported, if it was recorded in the stretch")
    func nobody() throws {
        for (scope, isTold) in [
            (Self.of("report"), true), (Self.from(30), true), (Self.from(31), false),
        ] {
            var history = try History.ready(scope: scope)
            history.gap()
            history.add(.frontier, at: 30)
            #expect(history.audit.report().findingCounts[.unexplained] == (isTold ? 1 : 0))
        }
    }

    @Test("a late trigger and a possible duplicate are those of the jobs and the stretch")
    func lists() throws {
        for (scope, isTold) in [
            (Self.of("report"), true), (Self.of("other"), false), (Self.from(60), true),
            (Self.from(61), false),
        ] {
            var history = try History.ready(lateMax: 0, scope: scope)
            let job = try history.created()
            let first = history.triggered(job, at: 61)
            history.acknowledged(first, .failed, code: 500, next: (1, 62), at: 61)
            let second = history.triggered(job, at: 62, attempt: 2, cause: .retry)
            #expect(history.audit.report().pendingCounts[.inFlight] == (isTold ? 1 : 0))
            history.acknowledged(second, .succeeded)
            history.deleted(job, .completed)
            let report = history.audit.report()
            #expect(report.findings == [])
            #expect(report.possibleDuplicateCounts[.failed] == (isTold ? 1 : 0))
            #expect(report.sureDuplicateCount == (isTold ? 1 : 0))
            #expect(report.stories.lateTriggerCount == (isTold ? 1 : 0))
            #expect(report.stories.lateness.count == (isTold ? 2 : 0))
            #expect(report.isClean != isTold)
        }
    }

    @Test("a span is reported whole if it ended in the stretch, an absence only of a job's app")
    func spans() throws {
        for (start, isTold) in [(50, true), (51, false)] as [(Int64, Bool)] {
            var history = try History.ready(scope: Self.from(start))
            history.add(.frontier, at: 10)
            history.opened(isAfterCleanClose: false, at: 50)
            history.add(.frontier, at: 60)
            let uptime = history.audit.report().uptime
            #expect(uptime.downtimes.count == (isTold ? 1 : 0))
            #expect(uptime.downtimes.total == .seconds(isTold ? 40 : 0))
            #expect(uptime.writerCount == 1)
            #expect(uptime.up == .seconds(60 - start))
        }
        for name in ["report", "letter"] {
            var history = try History.ready(scope: Self.of(name))
            try history.created("report", firstDue: 1_000)
            try history.created("letter", firstDue: 1_000, app: "mail")
            try history.absent(at: 10)
            try history.present(at: 20)
            let absences = history.audit.report().uptime.absences.listed
            let app = name == "report" ? "shop" : "mail"
            #expect(absences.map(\.app?.receiverName) == [app])
        }
    }

    @Test("the parts that all jobs are divided into make the whole", arguments: UInt64(1)...300)
    func parts(seed: UInt64) {
        let comment: Comment = "seed \(seed)"
        let isEven = { @Sendable (id: JobID) in (id.name.utf8.last ?? 0) % 2 == 0 }
        let faults = Fault.allCases
        var history = RandomHistory(
            seed: seed, fault: faults[Int(seed) % faults.count],
            scopes: [
                AuditScope(jobs: isEven), AuditScope { !isEven($0) }, AuditScope { _ in true },
            ])
        history.generate()
        let whole = history.audit.report()
        var parts = history.others.map { $0.report() }
        // An app without a job is reported only if all jobs are.
        (parts[2].uptime, parts[2].stories.apps) = (whole.uptime, whole.stories.apps)
        #expect(parts[2] == whole, comment)
        func isSum(_ count: (AuditReport) -> Int) {
            #expect(count(parts[0]) + count(parts[1]) == count(whole), comment)
        }
        for story in Story.allCases { isSum { $0.stories.counts[story] } }
        for cause in LateCause.allCases { isSum { $0.stories.lateCounts[cause] } }
        for cause in PossibleDuplicate.Cause.allCases {
            isSum { $0.possibleDuplicateCounts[cause] }
        }
        for reason in PendingTick.Reason.allCases { isSum { $0.pendingCounts[reason] } }
        isSum(\.sureDuplicateCount)
        isSum(\.stories.lateness.count)
        isSum(\.totals.jobsCreated)
        isSum(\.totals.ticks)
        isSum(\.jobsLive)
        isSum { $0.findings.count { $0.job != nil } }
        let unnamed = parts.map { $0.findings.filter { $0.job == nil } }
        #expect(unnamed[0] == unnamed[2] && unnamed[1] == unnamed[2], comment)
    }

    @Test(
        "a later beginning never reports more, and the last reports no tick",
        arguments: UInt64(1)...100)
    func beginnings(seed: UInt64) {
        let comment: Comment = "seed \(seed)"
        let faults = Fault.allCases
        let starts: [Int64] = [-1_000_000, 20, 60, 120, 1_000_000]
        var history = RandomHistory(
            seed: seed, fault: faults[Int(seed) % faults.count], scopes: starts.map(Self.from))
        history.generate()
        let whole = history.audit.report()
        let reports = history.others.map { $0.report() }
        #expect(reports.first == whole, comment)
        for (earlier, later) in zip(reports, reports.dropFirst()) {
            for story in Story.allCases {
                #expect(later.stories.counts[story] <= earlier.stories.counts[story], comment)
            }
            #expect(later.findings.allSatisfy(earlier.findings.contains), comment)
            #expect(later.totals.triggers <= earlier.totals.triggers, comment)
            #expect(later.uptime.up <= earlier.uptime.up, comment)
        }
        #expect(reports.last?.stories.counts.total == 0 && reports.last?.findings == [], comment)
    }
}

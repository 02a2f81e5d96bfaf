import Audit
import EventLog
import Jobs
import Scheduler
import SchedulerCore
import TestSupport
import Testing

@Suite("Zone rules from boot to boot")
struct ZoneTests {
    private static let zone = "Test/City"
    private static let schedule = "TZ=Test/City 0 0 0 1 1 *"
    private static let before = ZoneRules(zone, footer: "AAA-1")
    private static let after = ZoneRules(zone, footer: "AAA-2")

    /// A job in `zone`, planned as a caller does.
    private static func plan(_ name: String, _ zones: FixedZones) throws -> JobPlan {
        try JobPlan(
            JobRequest(id: try jobID(name), schedule: schedule, caller: caller), zones: zones)
    }

    /// The hour of the year's first job, by `zones`.
    private static func status(at place: Place, _ zones: FixedZones) async throws -> Timestamp? {
        try await place.withScheduler(zones: zones) { scheduler, _ in
            guard case .found(_, let status) = await scheduler.submit(.get(try jobID("a"))) else {
                return nil
            }
            return status.nextDue
        }
    }

    @Test("a job moves when the next process finds other rules, and the history says so")
    func changed() async throws {
        let place = Place()
        let old = FixedZones([Self.before])
        try await place.withScheduler(zones: old) { scheduler, _ in
            let response = await scheduler.submit(.schedule(try Self.plan("a", old)))
            #expect(response.isScheduled)
        }
        let first = try #require(try await Self.status(at: place, old))
        let moved = try #require(try await Self.status(at: place, FixedZones([Self.after])))
        #expect(first.nanoseconds(since: moved) == 3_600_000_000_000)
        // A zone that is missing or cannot be read keeps the rules of the log.
        #expect(try await Self.status(at: place, FixedZones()) == moved)
        let broken = FixedZones([ZoneRules(zone: Self.zone, tzif: [1, 2, 3])])
        #expect(try await Self.status(at: place, broken) == moved)
        #expect(try await Self.status(at: place, old) == first)
        let report = try Audit.of(MemoryLog(acquiring: place.storage))
        #expect(report.findings.isEmpty)
    }

    @Test("within a process the log's rules count, whatever the database says by now")
    func sameProcess() async throws {
        let place = Place()
        let old = FixedZones([Self.before])
        try await place.withScheduler(zones: old) { scheduler, _ in
            for (name, zones) in [("a", old), ("b", FixedZones([Self.after])), ("c", FixedZones())]
            {
                let response = await scheduler.submit(.schedule(try Self.plan(name, zones)))
                #expect(response.isScheduled)
            }
            var dues: Set<Timestamp?> = []
            for name in ["a", "b", "c"] {
                guard case .found(_, let status) = await scheduler.submit(.get(try jobID(name)))
                else { continue }
                dues.insert(status.nextDue)
            }
            #expect(dues.count == 1)
        }
    }
}

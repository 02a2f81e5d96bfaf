import Audit
import EventLog
import JobState
import Jobs
import Scheduler
import SchedulerCore
import TestSupport
import Testing

@Suite("Writing a log of jobs that are moved in")
struct MovingInTests {
    private let place = Place()
    private var storage: MemoryStorage { place.storage }

    private func plan(
        _ name: String, schedule: String = "@every 1h", ran: UInt32 = 2, payload: Int = 0,
        zones: [ZoneRules] = []
    ) throws -> JobPlan {
        let start = Timestamp(seconds: 1_800_000_000)
        let ticks = TicksElsewhere(count: ran, lastDue: Timestamp(seconds: 1_800_007_200))
        let request = JobRequest(
            id: try JobID(namespace: "default", target: .app("shop"), name: name),
            schedule: schedule,
            payload: payload == 0
                ? nil : Payload(typeURL: "", value: [UInt8](repeating: 7, count: payload)),
            continuation: .init(anchor: start, expiry: nil, ticks: ticks),
            caller: Caller(api: .import, appID: "shop", peer: "jobs.gob"))
        return try JobPlan(request, zones: FixedZones(zones))
    }

    /// The turns' numbers of records.
    @discardableResult
    private func write(_ plans: [JobPlan]) throws -> [Int] {
        var log = MemoryLog(acquiring: storage)
        var counts: [Int] = []
        var head = SequenceNumber.zero
        try MovingIn.write(plans, softwareVersion: "test") { turn throws(LogError) in
            counts.append(turn.records.count)
            head = try log.append(turn, after: head).last
        }
        return counts
    }

    @Test("a process opens the log, accepts the jobs and closes it; the audit finds nothing")
    func small() throws {
        let counts = try write([try plan("a"), try plan("b", payload: 10)])
        #expect(counts == [1, 2, 1])
        let log = MemoryLog(acquiring: storage)
        let report = try Audit.of(log)
        #expect(report.isClean && report.jobsLive == 2)
        #expect(report.uptime.writerCount == 1 && report.uptime.crashCount == 0)
        #expect(log.payload(of: SequenceNumber(3))?.count == 14)
    }

    @Test("a log without jobs can be made too")
    func none() throws {
        #expect(try write([]) == [1, 1])
    }

    @Test("many jobs, and large ones, take turns within their limits, each job once")
    func large() throws {
        var plans = try (0..<2_300).map { try plan("job \($0)") }
        plans += try (0..<5).map { try plan("large \($0)", payload: 3 << 20) }
        let counts = try write(plans)
        #expect(counts.reduce(0, +) == plans.count + 2)
        #expect(counts.allSatisfy { $0 <= LogLimits().turnRecordsMax })
        let report = try Audit.of(MemoryLog(acquiring: storage))
        #expect(report.isClean && report.jobsLive == plans.count)
    }

    @Test("the rules of a zone come in before the first job that needs them, once")
    func zones() throws {
        let city = ZoneRules("Test/City", footer: "EST5EDT,M3.2.0,M11.1.0")
        let schedule = "TZ=Test/City 0 0 8 * * *"
        let counts = try write([
            try plan("a", schedule: schedule, zones: [city]),
            try plan("b", schedule: schedule, zones: [city]),
        ])
        #expect(counts == [1, 3, 1])
        #expect(try Audit.of(MemoryLog(acquiring: storage)).isClean)
    }

    @Test("a scheduler goes on from there")
    func serving() async throws {
        try write([try plan("a", ran: 7)])
        let id = try JobID(namespace: "default", target: .app("shop"), name: "a")
        try await place.withScheduler { scheduler, report in
            #expect(report.isAfterCleanClose && report.jobs == 1)
            let (_, status) = try await scheduler.get(id)
            #expect(status.ticksDone == 7)
            #expect(status.lastDue == Timestamp(seconds: 1_800_007_200))
            #expect(status.nextDue == Timestamp(seconds: 1_800_010_800))
        }
    }
}

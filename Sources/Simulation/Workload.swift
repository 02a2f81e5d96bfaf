// The commands of clients: jobs of every kind, of apps and of actors. They use few names, so that creates,
// updates and deletes coincide with triggers; or thousands, so that turns are full.

import EventLog
import Jobs
import SchedulerCore

/// How much load there is.
enum LoadPhase: Sendable {
    /// A command every few seconds, ticks every second.
    case rush
    /// A command every few minutes, ticks every few minutes or hours.
    case quiet
}

struct Workload: Sendable {
    static let namespace = "default"
    static let actorType = "cat"
    static let concurrencyKeys = ["k", "l"]

    let targets: [Target]
    /// Number of names of each target.
    let names: Int
    let isCrowd: Bool

    init(appIDs: [String], isCrowd: Bool) {
        targets =
            appIDs.map(Target.app)
            + ["tom", "kit"].map { .actor(type: Workload.actorType, id: $0) }
        names = isCrowd ? 1_000 : 12
        self.isCrowd = isCrowd
    }

    /// Whether the job always kills its app. That app's receiver is an address.
    func isPoisonous(_ id: JobID) -> Bool { id.target == targets.first && id.name == "job-7" }

    func command(
        using random: inout SeededRandom, zones: [ZoneRules], _ loadPhase: LoadPhase
    ) -> Command {
        let target = random.choose(targets)
        let name = "job-\(Int.random(in: 0..<names, using: &random))"
        let caller = Caller(api: .http, appID: "client", peer: "simulated")
        // Safe because namespace, targets and names of the workload keep to the rules of `JobID`.
        let id = try! JobID(namespace: Workload.namespace, target: target, name: name)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .delete(id, caller)
        case 1: return .get(id)
        case 2: return bulkCommand(id, caller, using: &random)
        default: break
        }
        var request = request(id, caller, using: &random)
        let isZoned = !zones.isEmpty && random.once(in: 3)
        switch loadPhase {
        case .rush:
            if isCrowd { request.schedule = sparseSchedule(using: &random) }
            if isZoned { request.schedule = zoned(random.choose(Workload.zoned)) }
        case .quiet:
            slowDown(&request, using: &random)
            if isZoned { request.schedule = zoned(random.choose(Workload.nightly)) }
        }
        // Every tick since then would be due: as many as there are in centuries.
        if request.schedule != nil && request.dueTime == Workload.farDates[0] {
            request.dueTime = nil
        }
        // Safe because the request is one of the accepted forms listed below.
        return .schedule(try! JobPlan(request, zones: FixedZones(zones)))
    }

    /// A page of a list, or now and then a delete by prefix.
    private func bulkCommand(
        _ id: JobID, _ caller: Caller, using random: inout SeededRandom
    ) -> Command {
        // Safe because all of these are valid prefixes of names, and the other parts come from a valid id.
        let prefix = try! JobPrefix(
            namespace: id.namespace, target: id.target,
            prefix: random.choose(["", "job-", "job-1", "none"]))
        if random.once(in: isCrowd ? 200 : 4) { return .deleteByPrefix(prefix, caller) }
        return .list(
            prefix, after: random.once(in: 2) ? id : nil,
            limit: Int.random(in: 1...5, using: &random))
    }

    /// Deletes all jobs of all targets.
    func sweep() -> Command {
        // Safe because the namespace of the workload keeps to the rules of `JobID`.
        let namespace = try! JobNamespace(Workload.namespace)
        return .deleteNamespace(
            namespace, Caller(api: .operator, appID: "", peer: "simulated"))
    }

    private func zoned(_ cron: String) -> String { "CRON_TZ=\(SimulatedZone.name) " + cron }

    private static let zoned = [
        "0 */5 * * * *", "30 5,10,20 * * * *", "0 12,24 8-10 * * *", "0 0/7 9 * * *", "@hourly",
    ]

    /// Before and beyond what nanoseconds reach: due at once, and never.
    private static let farDates = ["1600-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"]

    private static let nightly = [
        "0 30 */2 * * *", "0 15 1-23/3 * * *", "@daily", "@hourly", "0 5,35 9-17 * * MON-FRI",
    ]

    /// Makes jobs that are due every few seconds due every few minutes or hours.
    private func slowDown(_ request: inout JobRequest, using random: inout SeededRandom) {
        if request.schedule != nil {
            request.schedule = random.choose(
                ["@every 20m", "@every 1h30m", "@every 7h", "@hourly", "@daily", "0 */30 * * * *"])
        }
        if request.dueTime != nil {
            request.dueTime = random.choose(["0s", "10m", "3h", "-2h"])
        }
        if request.ttl != nil { request.ttl = random.choose(["5m", "4h", "20h"]) }
    }

    /// A schedule for one job of thousands: a tick every few minutes.
    private func sparseSchedule(using random: inout SeededRandom) -> String {
        let second = Int.random(in: 0..<60, using: &random)
        let minute = Int.random(in: 0..<10, using: &random)
        let step = Int.random(in: 4...15, using: &random)
        return random.once(in: 2)
            ? "@every \(second + 60 * step)s" : "\(second) \(minute)-59/\(step) * * * *"
    }

    /// A schedule for one job of a few.
    private func frequentSchedule(using random: inout SeededRandom) -> String {
        let second = random.choose(["*/10", "0", "15,45", "3-59/17", "*/7"])
        let minute = random.choose(["*", "*/2", "3-50/7", "0,30"])
        let weekday = random.choose(["*", "*", "MON-FRI"])
        return "\(second) \(minute) * * * \(weekday)"
    }

    private func request(
        _ id: JobID, _ caller: Caller, using random: inout SeededRandom
    ) -> JobRequest {
        var request = JobRequest(id: id, caller: caller)
        let overwrites: [JobRequest.Overwrite] = [.refuse, .replace, .replaceUnlessIdentical]
        request.overwrite = random.choose(overwrites)
        request.concurrencyKey = random.choose([nil, "", "other"] + Workload.concurrencyKeys)
        switch Int.random(in: 0..<7, using: &random) {
        case 0:
            request.dueTime = random.choose(["0s", "1s", "90s", "-10s"] + Workload.farDates)
        case 1:
            request.schedule = random.choose(["@every 1s", "@every 7s", "@every 1m"])
            request.repeats = UInt32.random(in: 1...20, using: &random)
        case 2:
            request.schedule = "@every 30s"
            request.ttl = random.choose(["5s", "30s", "10m", Workload.farDates[1]])
        case 3: request.schedule = random.choose(["*/10 * * * * *", "0 */5 * * * *", "@hourly"])
        case 4:
            request.schedule = "@every 45s"
            request.dueTime = random.choose(["0s", "10s", "-5m"])
            request.repeats = 9
        case 5: request.schedule = frequentSchedule(using: &random)
        default:
            request.schedule = "@every 0s"
            request.repeats = 3
        }
        let policies: [FailurePolicy?] = [
            nil, .drop, .constant(interval: 2_000_000_000, retriesMax: 1),
            .constant(interval: 5_000_000_000, retriesMax: nil),
            .constant(interval: nil, retriesMax: 2),
        ]
        request.failurePolicy = random.choose(policies)
        if random.once(in: 2) {
            request.payload = Payload(typeURL: "test", value: [UInt8(random.next() & 0xFF)])
        }
        return request
    }
}

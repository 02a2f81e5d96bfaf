// What clients wish for: jobs of every kind under few names, so that creates, updates and deletes
// meet triggers.

import EventLog
import Jobs
import SchedulerCore

struct Workload: Sendable {
    let routes: [String]
    static let namespace = "default"

    func command(
        using random: inout SeededRandom, zones: [ZoneRules], now: Timestamp
    ) -> Command {
        let appID = random.choose(routes)
        let name = "job-\(Int.random(in: 0..<12, using: &random))"
        let caller = Caller(api: .http, appID: appID, peer: "simulated")
        // Safe because namespace, app ids and names of the workload keep to the rules of `JobID`.
        let id = try! JobID(namespace: Workload.namespace, target: .app(appID), name: name)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .delete(id, caller)
        case 1: return .get(id)
        case 2: return ofMany(id, caller, using: &random)
        default: break
        }
        var request = request(id, caller, using: &random, now: now)
        if !zones.isEmpty, random.once(in: 3) {
            request.schedule = "CRON_TZ=\(SimulationOptions.zone) " + random.choose(Workload.zoned)
        }
        // Safe because the request is one of the accepted forms listed below.
        return .schedule(try! JobPlan(request, zones: FixedZones(zones)))
    }

    /// A page of a list, or now and then a delete by prefix.
    private func ofMany(
        _ id: JobID, _ caller: Caller, using random: inout SeededRandom
    ) -> Command {
        // Safe because all of these begin a name, or none, and the other parts are those of an id.
        let prefix = try! JobPrefix(
            namespace: id.namespace, target: id.target,
            prefix: random.choose(["", "job-", "job-1", "none"]))
        if random.once(in: 4) { return .deleteByPrefix(prefix, caller) }
        return .list(
            prefix, after: random.once(in: 2) ? id : nil,
            limit: Int.random(in: 1...5, using: &random))
    }

    private static let zoned = [
        "0 */5 * * * *", "30 5,10,20 * * * *", "0 12,24 8-10 * * *", "0 0/7 9 * * *", "@hourly",
    ]

    private func request(
        _ id: JobID, _ caller: Caller, using random: inout SeededRandom, now: Timestamp
    ) -> JobRequest {
        var request = JobRequest(id: id, caller: caller)
        let overwrites: [JobRequest.Overwrite] = [.refuse, .replace, .replaceUnlessIdentical]
        request.overwrite = random.choose(overwrites)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: request.dueTime = random.choose(["0s", "1s", "90s", "-10s"])
        case 1:
            request.schedule = random.choose(["@every 1s", "@every 7s", "@every 1m"])
            request.repeats = UInt32.random(in: 1...20, using: &random)
        case 2:
            request.schedule = "@every 30s"
            request.ttl = random.choose(["5s", "30s", "10m"])
        case 3: request.schedule = random.choose(["*/10 * * * * *", "0 */5 * * * *", "@hourly"])
        case 4:
            request.schedule = "@every 45s"
            request.dueTime = random.choose(["0s", "10s", "-5m"])
            request.repeats = 9
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

// A seeded world around the decider: virtual time, clients, apps that come and go, a log that
// refuses, a process that dies between any two effects. Nothing waits; time is a variable.

import Audit
import EventLog
import JobState
import Jobs
import SchedulerCore

package struct SimulatedWorld: ~Copyable {
    let options: SimulationOptions
    var random: SeededRandom
    /// True time, which only goes on. Everything is planned by it.
    var now = SimulationOptions.start
    /// How much later than true time the wall clock is, in nanoseconds.
    var clockError: Int64 = 0
    var apps: [SimulatedApp] = []
    let storage: MemoryStorage
    var ledger = ClientLedger()
    var counts = SimulationReport.Counts()
    var violations = Violations()

    var agenda = Agenda<Happening>()
    var process: SimulatedProcess?
    var processNumber = 0
    /// The last checkpoint, as it lies on the disk.
    var checkpoint: [UInt8]?
    var disk = Disk.ample
    /// Limits that somebody names to the current process.
    var limits: [LimitID] = []
    var lastLimit: UInt64 = 0
    var lastReceiver: UInt32 = 0
    var lastToken: UInt64 = 0
    let workload: Workload
    /// The zone database as the last process found it.
    var zones: [ZoneRules] = []

    /// How long everybody is well in the end: ten minutes, so that what is due ends.
    static let calm: Int64 = 600_000_000_000
    /// What came due longer ago than this, with everybody well, should be over: a minute.
    static let delayMax: Int64 = 60_000_000_000

    enum Happening: Sendable {
        case command
        case toggle(app: Int)
        case connect(app: Int, process: Int)
        case answer(app: Int, connection: Int, process: Int, Answer)
        case boot
        case limit
        case disk
        case clock
        case shutdown
        case close(process: Int)
    }

    /// What the process reads for the time.
    var wall: Timestamp { now.clampedAdding(nanoseconds: clockError) }

    var isCrowd: Bool { workload.isCrowd }
    /// With thousands of jobs there are so many times more commands and turns.
    var bustle: Int { isCrowd ? 20 : 1 }

    package init(_ options: SimulationOptions) {
        self.options = options
        random = SeededRandom(seed: options.seed)
        storage = MemoryStorage(identity: LogID.random(using: &random))
        let isCrowd = random.once(in: options.storiesPerCrowd)
        let appIDs = (0..<options.apps).map { "app-\($0)" }
        workload = Workload(appIDs: appIDs, isCrowd: isCrowd)
        for (index, appID) in appIDs.enumerated() {
            // Safe because the workload's app ids keep to the rules of `RouteKey`.
            let route = try! RouteKey(namespace: Workload.namespace, appID: appID)
            apps.append(
                SimulatedApp(
                    route: route, reach: Reach.allCases[index % Reach.allCases.count],
                    temper: random.choose(Temper.allCases)))
        }
        for _ in 0..<options.actorHosts {
            // Safe because the workload's actor type keeps to the rules of `RouteKey`.
            let route = try! RouteKey(
                namespace: Workload.namespace, actorType: Workload.actorType)
            apps.append(
                SimulatedApp(
                    route: route, reach: .stream, temper: random.choose(Temper.allCases)))
        }
    }

    mutating func later(_ mean: Int64) -> Timestamp {
        now.clampedAdding(nanoseconds: .random(in: 1...(2 * mean), using: &random))
    }

    /// The process is gone, with all it knew and all that was said to it.
    mutating func end() {
        process = nil
        limits = []
        ledger.forgetWaiting()
    }

    /// The state the live process has, if there is one.
    mutating func liveProjection() -> JobProjection? { process?.machine.projection }
}

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

    var actions = ActionQueue<Action>()
    var process: SimulatedProcess?
    var processNumber = 0
    /// Until then the process stands still.
    var stalledUntil = Timestamp.earliest
    /// A process from which the log was taken, until it knows.
    var staleWriter: SimulatedProcess?
    var staleWriterNumber = 0
    var loadPhase = LoadPhase.rush
    /// Jobs of the last rush were accepted up to this event, if it is known.
    var rushHead: SequenceNumber?
    /// None of them is left.
    var isSwept = false
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

    enum Action: Sendable {
        case command
        /// A wish whose reply got lost.
        case again(Command)
        case toggle(app: Int)
        case connect(app: Int, process: Int)
        case answer(app: Int, connection: Int, life: Int, process: Int, Answer)
        /// What a poisonous job does to its app.
        case kill(app: Int, life: Int)
        /// A dead app is started again.
        case restart(app: Int, life: Int)
        case boot
        case limit
        case disk
        case clock
        case shutdown
        case close(process: Int)
        case stall
        /// A stalled process goes on.
        case wake
        case takeover
        case staleWriterTurn
        case loadPhase
        case sweep
    }

    /// What the process reads for the time.
    var wall: Timestamp { now.clampedAdding(nanoseconds: clockError) }

    var isCrowd: Bool { workload.isCrowd }

    /// How many times longer than in a rush it takes until something changes.
    var pace: Int64 { loadPhase == .rush ? 1 : options.quietPace }

    /// With thousands of jobs there are so many times more commands and turns in a rush.
    var crowdFactor: Int { isCrowd && loadPhase == .rush ? 20 : 1 }

    package init(_ options: SimulationOptions) {
        self.options = options
        var random = SeededRandom(seed: options.seed)
        storage = MemoryStorage(
            identity: LogID.random { .random(in: .min ... .max, using: &random) })
        let isCrowd = random.once(in: options.runsPerCrowd)
        let appIDs = (0..<options.apps).map { "app-\($0)" }
        workload = Workload(appIDs: appIDs, isCrowd: isCrowd)
        for (index, appID) in appIDs.enumerated() {
            // Safe because the workload's app ids keep to the rules of `RouteKey`.
            let route = try! RouteKey(namespace: Workload.namespace, appID: appID)
            apps.append(
                SimulatedApp(
                    route: route,
                    receiverKind: ReceiverKind.allCases[index % ReceiverKind.allCases.count],
                    profile: random.choose(AppProfile.allCases)))
            // Some are down when the scheduler starts.
            apps[index].isUp = !random.once(in: 4)
        }
        for _ in 0..<options.actorHosts {
            // Safe because the workload's actor type keeps to the rules of `RouteKey`.
            let route = try! RouteKey(
                namespace: Workload.namespace, actorType: Workload.actorType)
            apps.append(
                SimulatedApp(
                    route: route, receiverKind: .stream, profile: random.choose(AppProfile.allCases)
                ))
        }
        self.random = random
    }

    mutating func later(_ mean: Int64) -> Timestamp {
        now.clampedAdding(nanoseconds: .random(in: 1...(2 * mean), using: &random))
    }

    /// The same in a rush; so many times later in a quiet time.
    mutating func pacedLater(_ mean: Int64) -> Timestamp { later(mean * pace) }

    /// The process is gone, with all it knew and all that was said to it.
    mutating func end() {
        process = nil
        stalledUntil = .earliest
        limits = []
        ledger.forgetWaiting()
    }

    /// The state the live process has, if there is one.
    mutating func liveProjection() -> JobProjection? { process?.cycle.machine.projection }
}

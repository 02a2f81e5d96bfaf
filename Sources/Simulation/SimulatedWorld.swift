// A seeded world around the decider: virtual time, clients, apps that come and go, a log that refuses turns,
// a process that dies between any two effects. Nothing waits; time is a variable.

import Audit
package import EventLog
import JobState
import Jobs
import SchedulerCore

package struct SimulatedWorld: ~Copyable {
    let options: SimulationOptions
    var random: SeededRandom
    /// True time, which never goes back. Actions are planned by it.
    var now = SimulationOptions.start
    /// Wall clock minus true time, in nanoseconds.
    var clockError: Int64 = 0
    /// When the process last read the clock, in true time.
    var lastLook = SimulationOptions.start
    /// Whether the process has not seen the last jump of the clock yet.
    var isClockNew = false
    /// Longer jumps forward are held; nanoseconds.
    let clockJumpMax: Int64
    var apps: [SimulatedApp] = []
    package let storage: MemoryStorage
    var ledger = ClientLedger()
    var counts = SimulationReport.Counts()
    var violations = Violations()

    var actions = ActionQueue<Action>()
    var process: SimulatedProcess?
    var processNumber = 0
    /// The process is stalled until then.
    var stalledUntil = Timestamp.earliest
    /// A process that lost the log to another one and has not noticed yet.
    var staleWriter: SimulatedProcess?
    var staleWriterNumber = 0
    var loadPhase = LoadPhase.rush
    /// The last event by which jobs of the last rush were accepted; `nil` if not known yet.
    var rushHead: SequenceNumber?
    /// Whether none of these jobs is left.
    var isSwept = false
    /// The last checkpoint as stored on the disk.
    var checkpoint: [UInt8]?
    var disk = Disk.ample
    /// Limits that are set in the current process.
    var limits: [LimitID] = []
    var lastLimit: UInt64 = 0
    var lastReceiver: UInt32 = 0
    var lastToken: UInt64 = 0
    let workload: Workload
    /// The zone database that the last process found.
    var zones: [ZoneRules] = []

    /// Length of the calm at the end: ten minutes, so that everything due can finish.
    static let calm: Int64 = 600_000_000_000
    /// During the calm a tick must be over this long after it is due: a minute.
    static let delayMax: Int64 = 60_000_000_000

    enum Action: Sendable {
        case command
        /// A command is repeated because its reply was lost.
        case again(Command)
        case toggle(app: Int)
        case connect(app: Int, process: Int)
        case answer(app: Int, connection: Int, life: Int, process: Int, Answer)
        /// A poisonous job kills its app.
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
        /// A stalled process continues.
        case wake
        case takeover
        case staleWriterTurn
        case loadPhase
        case sweep
    }

    /// The time that the process reads.
    var wall: Timestamp { now.clampedAdding(nanoseconds: clockError) }

    var reading: LogClock.Reading {
        LogClock.Reading(
            wall: wall, uptime: now.nanoseconds(since: SimulationOptions.start))
    }

    /// The time that the process records: the wall clock's, unless it does not believe that.
    var logTime: Timestamp { mutating get { process?.clock.now ?? wall } }

    var clockChanges: Int { mutating get { process?.clockChanges ?? 0 } }

    var isCrowd: Bool { workload.isCrowd }

    /// How many times longer than in a rush the intervals are.
    var pace: Int64 { loadPhase == .rush ? 1 : options.quietPace }

    /// How many times more commands and turns a rush has with thousands of jobs.
    var crowdFactor: Int { isCrowd && loadPhase == .rush ? 20 : 1 }

    package init(_ options: SimulationOptions) {
        self.options = options
        var random = SeededRandom(seed: options.seed)
        storage = MemoryStorage(
            identity: LogID.random { .random(in: .min ... .max, using: &random) })
        clockJumpMax = random.choose([60, 7_200, 86_400]) * 1_000_000_000
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

    /// Like `later`, but `pace` times as long.
    mutating func pacedLater(_ mean: Int64) -> Timestamp { later(mean * pace) }

    /// The process ends, and with it its state and its inputs.
    mutating func end() {
        process = nil
        stalledUntil = .earliest
        limits = []
        ledger.forgetWaiting()
    }

    /// The state of the live process, if there is one.
    mutating func liveProjection() -> JobProjection? { process?.cycle.machine.projection }
}

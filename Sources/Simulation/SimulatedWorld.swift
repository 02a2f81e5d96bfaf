// A seeded world around the decider: virtual time, clients, apps that come and go, a log that
// refuses, a process that dies between any two effects. Nothing waits; time is a variable.

import EventLog
import JobState
import Jobs
import SchedulerCore

package struct SimulatedWorld: ~Copyable {
    let options: SimulationOptions
    var random: SeededRandom
    var now = SimulationOptions.start
    var apps: [SimulatedApp] = []
    let storage: MemoryStorage
    var ledger = ClientLedger()
    var counts = SimulationReport.Counts()

    private var agenda = Agenda<Happening>()
    private var process: SimulatedProcess?
    private let workload: Workload
    private var processNumber = 0
    private var lastToken: UInt64 = 0
    private var lastReceiver: UInt32 = 0
    /// The zone database as the last process found it.
    private var zones: [ZoneRules] = []

    /// How long everybody is well in the end: ten minutes, so that what is due ends.
    static let calm: Int64 = 600_000_000_000
    /// What came due longer ago than this, with everybody well, should be over: a minute.
    static let patience: Int64 = 60_000_000_000

    private enum Happening: Sendable {
        case command
        case toggle(app: Int)
        case connect(app: Int, process: Int)
        case answer(app: Int, connection: Int, process: Int, Answer)
        case boot
    }

    package init(_ options: SimulationOptions) {
        self.options = options
        random = SeededRandom(seed: options.seed)
        storage = MemoryStorage(identity: LogID.random(using: &random))
        workload = Workload(routes: (0..<options.apps).map { "app-\($0)" })
        for (index, appID) in workload.routes.enumerated() {
            // Safe because the workload's app ids keep to the rules of `RouteKey`.
            let route = try! RouteKey(namespace: Workload.namespace, appID: appID)
            apps.append(
                SimulatedApp(route: route, reach: Reach.allCases[index % Reach.allCases.count]))
        }
    }

    /// Lets the whole story happen: the unrest, then the calm.
    mutating func unfold() {
        let end = now.clampedAdding(nanoseconds: options.seconds * 1_000_000_000)
        let calmEnd = end.clampedAdding(nanoseconds: SimulatedWorld.calm)
        agenda.plan(.boot, at: now)
        agenda.plan(.command, at: now)
        for app in apps.indices { agenda.plan(.toggle(app: app), at: later(options.appInterval)) }
        while now < end { advance(to: end, isCalm: false) }
        calm()
        while now < calmEnd { advance(to: calmEnd, isCalm: true) }
    }

    /// Everybody is well from now on. A last crash frees the triggers that hung handlers hold.
    private mutating func calm() {
        process = nil
        ledger.forgetWaiting()
        boot()
        for app in apps.indices where !apps[app].isUp { toggle(app) }
    }

    private mutating func later(_ mean: Int64) -> Timestamp {
        now.clampedAdding(nanoseconds: .random(in: 1...(2 * mean), using: &random))
    }

    /// Moves time to whatever comes next, lets it happen, and lets the process take its turn.
    private mutating func advance(to end: Timestamp, isCalm: Bool) {
        let wake = process?.wakeAt ?? .latest
        let next = min(agenda.nextTime ?? .latest, wake, end)
        now = max(now, next)
        while let happening = agenda.take(by: now) { occur(happening, isCalm: isCalm) }
        guard process != nil, process?.inbox.isEmpty == false || wake <= now else { return }
        takeTurn(isCalm: isCalm)
    }

    private mutating func occur(_ happening: Happening, isCalm: Bool) {
        switch happening {
        case .command:
            if isCalm { return }
            submit()
            agenda.plan(.command, at: later(options.commandInterval))
        case .toggle(let app):
            if isCalm { return }
            toggle(app)
            agenda.plan(.toggle(app: app), at: later(options.appInterval))
        case .connect(let app, let number):
            if number == processNumber { connect(app) }
        case .answer(let app, let connection, let number, let answer):
            // An answer goes where its connection goes: to a dead process or down a closed stream,
            // nowhere.
            guard number == processNumber, process != nil else { return }
            if apps[app].reach == .stream, apps[app].connection != connection { return }
            process?.inbox.append(.answer(answer))
        case .boot:
            if process == nil { boot() }
        }
    }

    private mutating func submit() {
        guard process != nil else { return }
        lastToken += 1
        let token = ReplyToken(lastToken)
        let command = workload.command(using: &random, zones: zones, now: now)
        ledger.submitted(command, token)
        process?.inbox.append(.command(command, token: token))
    }

    private mutating func boot() {
        do {
            zones = options.zoneRules.isEmpty ? [] : [random.choose(options.zoneRules)]
            process = try SimulatedProcess(
                on: storage, zones: zones, bootID: BootID.random(using: &random), now: now)
        } catch {
            // The log refuses; try again in a while.
            agenda.plan(.boot, at: later(1_000_000_000))
            return
        }
        processNumber += 1
        for app in apps.indices {
            apps[app].receiver = nil
            if apps[app].isUp { planConnect(app) }
        }
    }

    private mutating func crash() {
        counts.crashes += 1
        process = nil
        ledger.forgetWaiting()
        agenda.plan(.boot, at: later(20_000_000_000))
    }

    private mutating func planConnect(_ app: Int) {
        agenda.plan(.connect(app: app, process: processNumber), at: later(500_000_000))
    }

    private mutating func connect(_ app: Int) {
        guard apps[app].isUp, apps[app].receiver == nil, process != nil else { return }
        lastReceiver += 1
        let receiver = ReceiverID(lastReceiver)
        apps[app].receiver = receiver
        apps[app].connection += 1
        process?.inbox.append(
            .receiverPresent(
                Presence(
                    route: apps[app].route, receiver: receiver, address: "simulated",
                    window: UInt32.random(in: 1...4, using: &random))))
    }

    /// An app goes up or down.
    private mutating func toggle(_ app: Int) {
        apps[app].isUp.toggle()
        if apps[app].isUp { return planConnect(app) }
        counts.outages += 1
        switch apps[app].reach {
        case .stream: detach(app, .lost)
        // Nobody notices until a connection fails.
        case .address: break
        }
    }

    private mutating func detach(_ app: Int, _ fate: Input.InFlightFate) {
        guard let receiver = apps[app].receiver else { return }
        apps[app].receiver = nil
        apps[app].connection += 1
        process?.inbox.append(.receiverAbsent(receiver, fate))
    }

    private mutating func takeTurn(isCalm: Bool) {
        let mayDie = !isCalm && random.once(in: options.turnsPerCrash)
        if mayDie && random.once(in: 3) { return crash() }
        if !isCalm && random.once(in: options.turnsPerRefusal) {
            counts.refusals += 1
            storage.failNextAppend(with: .notStored(.full, detail: "simulated"))
        }
        counts.turns += 1
        guard let end = process?.turn(now: now) else { return }
        switch end {
        case .refused(let tokens): ledger.refused(tokens)
        case .stored(let emissions):
            let survived = mayDie ? Int.random(in: 0...emissions.count, using: &random) : nil
            for emission in emissions.prefix(survived ?? emissions.count) {
                release(emission, isCalm: isCalm)
            }
            if survived != nil { crash() }
        }
    }

    private mutating func release(_ emission: SimulatedProcess.Emission, isCalm: Bool) {
        switch emission {
        case .reply(let token, let reply):
            ledger.replied(token, reply, head: process?.machine.projection.head ?? .zero)
        case .delivery(let delivery): deliver(delivery, isCalm: isCalm)
        }
    }

    private mutating func deliver(_ delivery: Delivery, isCalm: Bool) {
        guard
            let app = apps.firstIndex(where: {
                $0.route == delivery.id.route && $0.receiver == delivery.receiver
            })
        else { return undeliverable(delivery) }
        guard apps[app].isUp else {
            detach(app, .awaited)
            undeliverable(delivery)
            // The address is probed until it answers.
            return
        }
        counts.deliveries += 1
        apps[app].see(delivery, at: now, process: processNumber)
        switch apps[app].react(isCalm: isCalm, using: &random) {
        case .answer(let outcome, let code, let delay):
            answer(delivery, app, outcome, code, after: delay)
        case .answerTwice(let delay):
            answer(delivery, app, .succeeded, 200, after: delay)
            answer(delivery, app, .failed, 500, after: delay + 1)
        case .silence: break
        }
    }

    private mutating func undeliverable(_ delivery: Delivery) {
        process?.inbox.append(.answer(Answer(trigger: delivery.trigger, outcome: .undeliverable)))
    }

    private mutating func answer(
        _ delivery: Delivery, _ app: Int, _ outcome: Answer.Outcome, _ code: Int32,
        after delay: Int64
    ) {
        agenda.plan(
            .answer(
                app: app, connection: apps[app].connection, process: processNumber,
                Answer(trigger: delivery.trigger, outcome: outcome, code: code)),
            at: now.clampedAdding(nanoseconds: delay))
    }

    /// The state the live process has, if there is one.
    mutating func liveProjection() -> JobProjection? { process?.machine.projection }
}

// Random histories with known results. A separate small scheduler, in whole seconds, writes what a scheduler may
// write and records, in the simplest way, what happened to every tick and why. It shares nothing with the judge
// except the events. Some histories get one fault.

import Audit
import EventLog
import Jobs
import TestSupport

struct RandomHistory {
    /// The random parameters of a history.
    struct Weather {
        /// Triggers that an app takes at once; 0 for no bound.
        var window: UInt32 = 0
        var hasAbsences = true
        var hasSilences = false
        var hasClockMoves = false
    }

    struct App {
        let name: String
        var isPresent = false
        var receiver: UInt32 = 0
    }

    struct Job {
        let name: String
        let app: Int
        let generation: SequenceNumber
        /// `nil`: a single tick.
        let interval: Int64?
        let retriesMax: UInt32
        let retryInterval: Int64
        var previous: SequenceNumber
        var tick: UInt64 = 1
        var due: Int64
        /// The attempt that it waits for or that is in flight.
        var at: Int64
        var attempt: UInt32 = 1
        var cause = Trigger.Cause.schedule
        /// Since when it waits, and what delayed it until then.
        var ready: Int64
        var before = LateCause.accepted
        /// Why it is triggered again, after which trigger, and whether the app answered that trigger.
        var repetition: (cause: PossibleDuplicate.Cause, isAnswered: Bool)?
        var isInFlight = false
        var firstLateness: Int64 = 0
        var lateCause: LateCause?
        /// A fault has made its tick's story unknown.
        var isTainted = false
        /// A fault keeps it from being triggered.
        var isHeld = false
    }

    struct Flight {
        let trigger: TriggerID
        let generation: SequenceNumber
        let app: Int
        let tick: UInt64
        let time: Int64
        let repetition: (cause: PossibleDuplicate.Cause, isAnswered: Bool)?
        /// The event that ended its job.
        var endedBy: SequenceNumber?
    }

    var random: SeededGenerator
    let weather: Weather
    var audit: Audit
    /// They judge the same history and report less of it.
    var others: [Audit]
    /// All of it, each turn's records with its seal.
    private(set) var turns: [(records: [Record], seal: Seal)] = []
    private var turn: [Record] = []
    var truth = Truth()
    var now: Int64 = 0
    var sequence = SequenceNumber.zero
    var apps = [App(name: "shop"), App(name: "mail")]
    var jobs: [Job] = []
    var flights: [Flight] = []
    /// Triggers that timed out and may be answered late, with the event that ended their job.
    var timedOut: [(trigger: TriggerID, generation: SequenceNumber, endedBy: SequenceNumber?)] = []
    /// The fault that is still to be written; `nil` afterwards.
    private(set) var fault: Fault?
    /// Seconds by which a fault moves the next due time.
    var shift: Int64 = 0
    private var sealed = SequenceNumber.zero
    private var opened = (sequence: SequenceNumber.zero, time: Int64(0))

    init(seed: UInt64, fault: Fault? = nil, scopes: [AuditScope] = []) {
        audit = Audit()
        others = scopes.map { Audit(scope: $0) }
        random = SeededGenerator(seed: seed)
        var weather = Weather()
        switch random.below(4) {
        case 0: weather.window = UInt32(1 + random.below(2))
        case 1: (weather.hasSilences, weather.hasAbsences) = (true, false)
        case 2: weather.hasClockMoves = true
        default: break
        }
        self.weather = weather
        self.fault = fault
    }

    /// Writes the whole history.
    mutating func generate(turns: Int = 60) {
        open(isAfterCleanClose: true)
        endTurn()
        for turn in 0..<turns {
            pass()
            if random.once(in: 15) { restart() }
            takeTurn(mayPlant: turn > turns / 3)
        }
        add(.frontier)
        seal()
        conclude()
    }

    /// Lets time pass, as long as an idle writer pauses, or longer.
    private mutating func pass() {
        if weather.hasSilences && random.once(in: 12) {
            now += 16 + random.number(below: 30)
        } else {
            now += 1 + random.number(below: 4)
        }
        guard weather.hasClockMoves && random.once(in: 15) else { return }
        let from = now
        now += random.once(in: 2) ? 60 : -20
        add(.clockMoved(from: Timestamp(seconds: from), to: Timestamp(seconds: now)))
    }

    private mutating func takeTurn(mayPlant: Bool) {
        let before = sequence
        settle()
        if weather.hasAbsences { comeAndGo() }
        triggerDue()
        if mayPlant, let fault, plant(fault) { self.fault = nil }
        command()
        if sequence == before && now - truth.lastRecord >= 10 { add(.frontier) }
        endTurn()
    }

    /// Ends the turn if anything was recorded in it.
    mutating func endTurn() {
        if sequence > sealed { seal() }
        for (number, app) in apps.enumerated() {
            truth.isAway[number] = !app.isPresent
            truth.isFull[number] = app.isPresent && !hasRoom(number)
        }
    }

    @discardableResult
    mutating func add(_ event: Event) -> SequenceNumber {
        sequence = sequence.next
        let time = Timestamp(seconds: now)
        let record = Record(sequence: sequence, time: time, event: event)
        audit.add(record)
        for place in others.indices { others[place].add(record) }
        turn.append(record)
        truth.note(event, at: now)
        return sequence
    }

    /// Ends the turn with a seal that claims exactly what was decided.
    private mutating func seal() {
        let overdue = jobs.filter { job in
            !job.isInFlight && !job.isHeld && job.at <= now && hasRoom(job.app)
        }
        let decided = min(now, (overdue.map(\.at).min() ?? .max) - 1)
        let seal = Seal(
            first: sealed.next, last: sequence, time: Timestamp(seconds: now),
            decidedThrough: Timestamp(seconds: overdue.isEmpty ? now : decided),
            digest: [UInt8](repeating: 1, count: Seal.digestSize))
        audit.add(seal)
        for place in others.indices { others[place].add(seal) }
        turns.append((turn, seal))
        turn = []
        sealed = sequence
    }

    func hasRoom(_ app: Int) -> Bool {
        guard apps[app].isPresent else { return false }
        let count = flights.count { $0.app == app }
        return weather.window == 0 || count < Int(weather.window)
    }

    // Writers.

    private mutating func open(isAfterCleanClose: Bool) {
        let boot = BootID(high: 1, low: sequence.rawValue)
        opened = (
            add(
                .opened(
                    Opening(
                        bootID: boot, softwareVersion: "1", logFormat: 0,
                        isAfterCleanClose: isAfterCleanClose))), now
        )
        for number in apps.indices { apps[number].isPresent = false }
        timedOut = []
        for flight in flights { acknowledge(flight, .abandoned, code: 0, isCrash: true) }
        for number in apps.indices where !weather.hasAbsences || random.once(in: 2) {
            appear(number)
        }
    }

    private mutating func restart() {
        let isClean = random.once(in: 3)
        if isClean { add(.closed) }
        if sequence > sealed { seal() }
        truth.writerEnds(isClean: isClean)
        now += random.number(below: 60)
        open(isAfterCleanClose: isClean)
    }

    private mutating func comeAndGo() {
        guard random.once(in: 6) else { return }
        let number = random.below(apps.count)
        if !apps[number].isPresent { return appear(number) }
        apps[number].isPresent = false
        add(.receiverAbsent(presence(number)))
        guard random.once(in: 2) else { return }
        for flight in flights where flight.app == number {
            acknowledge(flight, random.once(in: 3) ? .undeliverable : .abandoned, code: 0)
        }
    }

    private mutating func appear(_ number: Int) {
        apps[number].isPresent = true
        apps[number].receiver += 1
        add(.receiverPresent(presence(number)))
    }

    private func presence(_ number: Int) -> Presence {
        // Safe because no rule of names refuses these.
        let route = try! RouteKey(namespace: "default", appID: apps[number].name)
        return Presence(
            route: route, receiver: ReceiverID(apps[number].receiver), address: "a",
            window: weather.window)
    }

    // What held a trigger, as the scheduler would record it; often it records nothing.
    func hold(_ job: Job) -> Trigger.Hold? {
        guard !weather.hasClockMoves else { return nil }
        return job.generation < opened.sequence && job.at < opened.time ? .downtime : nil
    }
}

extension SeededGenerator {
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
    mutating func number(below count: Int64) -> Int64 { Int64(next() % UInt64(count)) }
    mutating func once(in count: Int) -> Bool { below(count) == 0 }
}

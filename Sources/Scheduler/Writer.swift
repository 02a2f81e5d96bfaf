// The only writer. A turn: take the inputs that arrived, let the decider decide, append the result as one durable
// batch, and only then reply and send. While the disk syncs one turn, inputs for the next gather in the inbox.

import EventLog
import Failpoints
import JobState
import Jobs
import Logging
import SchedulerCore

/// Created, used and destroyed on the writer's thread.
struct Writer<Log: EventLog & ~Copyable>: ~Copyable {
    var log: Log
    var cycle = TurnCycle(continuing: JobProjection())
    var head = SequenceNumber.zero
    /// Set by the boot; the log's end decides whether the wall clock is believed.
    var clock: LogClock
    let clockJumpMax: Int64
    let zones: any ZoneSource
    let inbox: Inbox
    private let sender: DeliverySender
    private let histories: HistoryReads
    let checkpoints: Checkpointing?
    let metrics: SchedulerMetrics
    let logger: Logger

    private var waiters: [ReplyToken: Inbox.Waiter] = [:]
    private var lastToken: UInt64 = 0
    private var space = Space.ample
    private var spaceMeasuredAt = Int64.min
    /// Number of turns refused since the last one that was stored.
    private var refusedTurns = 0
    private var rotationFailure: String?
    var keeper: CheckpointKeeper?
    /// Reads whose replies are still to be loaded, oldest first.
    private var reads: [(token: ReplyToken, read: Read)] = []
    /// The check of the log before the checkpoint, while it is not done.
    var scrub: Scrub?
    /// When the last scrub step ran; monotonic.
    var scrubbedAt = WallClock.monotonic
    private var failures: FailureNotes
    private var readers: ReaderWatch
    private var inFlight = InFlightWatch()
    /// Turns stored by this process.
    private var turns: UInt64 = 0
    /// When a stopping writer no longer waits for answers; monotonic.
    private var drainDeadline: Int64?

    /// What a read has found.
    private enum Read {
        case job(FoundJob)
        case page(FoundPage)
    }

    init(
        log: consuming Log, zones: any ZoneSource, clockJumpMax: Int64,
        checkpoints: Checkpointing?, inbox: Inbox,
        receivers: ReceiverRegistry, histories: HistoryReads, metrics: SchedulerMetrics,
        logger: Logger
    ) {
        self.log = log
        self.zones = zones
        self.clockJumpMax = clockJumpMax
        clock = LogClock(at: WallClock.reading, after: nil, jumpMax: clockJumpMax)
        self.checkpoints = checkpoints
        self.inbox = inbox
        sender = DeliverySender(receivers: receivers, inbox: inbox)
        self.histories = histories
        self.metrics = metrics
        self.logger = logger
        failures = FailureNotes(logger: logger)
        readers = ReaderWatch()
    }

    /// Takes turns until the inbox is stopped and everything in flight is answered, or the time limit
    /// for that has passed.
    mutating func run() throws(SchedulerError) {
        while true {
            // While reads wait for their replies no more commands are taken, so `reads` stays bounded.
            let keepsCommands = !reads.isEmpty || cycle.pending.hasCommands
            let arrivals = inbox.take(waiting: sleepDuration(), keepingCommands: keepsCommands)
            var inputs = arrivals.inputs + (try observe())
            for (command, waiter) in arrivals.commands {
                lastToken += 1
                waiters[ReplyToken(lastToken)] = waiter
                inputs.append(.command(command, token: ReplyToken(lastToken)))
            }
            if arrivals.isStopping, drainDeadline == nil {
                metrics.liveness.enter(.stopping)
                Failpoint.stopping.hit()
                drainDeadline = WallClock.monotonic + SchedulerLimits.drainDuration
                inputs.append(.stop)
            }
            let isIdle = inputs.isEmpty && cycle.pending.isEmpty
            if !isIdle { Failpoint.inboxTaken.hit() }
            try turn(inputs)
            try answerReads()
            try histories.check()
            metrics.sample(cycle.machine, clock.now)
            try scrubSome(isIdle: isIdle)
            if let drainDeadline, isDrained(by: drainDeadline) { return try close() }
        }
    }

    /// Checks a little more of what the boot did not read, if the writer is idle or has not checked for
    /// a while.
    private mutating func scrubSome(isIdle: Bool) throws(SchedulerError) {
        guard scrub != nil else { return }
        let now = WallClock.monotonic
        guard isIdle || now - scrubbedAt >= SchedulerLimits.scrubInterval else { return }
        scrubbedAt = now
        do { try scrub?.step(on: log) } catch { throw .log(error) }
        Failpoint.scrubStepped.hit()
        metrics.liveness.scrubbed(scrub?.position ?? .zero)
        if scrub?.isDone == true {
            logger.info("the part of the log before the checkpoint is as it was written")
            scrub = nil
        }
    }

    private func isDrained(by deadline: Int64) -> Bool {
        if WallClock.monotonic >= deadline { return true }
        return cycle.pending.isEmpty && reads.isEmpty && cycle.machine.projection.inFlight.isEmpty
    }

    /// Records `closed`. On a full disk it retries for a moment. Without that record the next boot reports
    /// that the close was not clean; nothing else differs.
    private mutating func close() throws(SchedulerError) {
        Failpoint.drained.hit()
        let deadline = WallClock.monotonic + SchedulerLimits.closeDuration
        cycle.dropPending()
        try turn([.close])
        while !cycle.pending.isEmpty, WallClock.monotonic < deadline { try turn([]) }
        Failpoint.closeRecorded.hit()
        if !cycle.pending.isEmpty { logger.error("the log could not be closed") }
        for waiter in waiters.values { waiter(.rejected(.stopping)) }
        waiters = [:]
    }

    private func sleepDuration() -> Int64 {
        if !cycle.pending.isEmpty || !reads.isEmpty { return 0 }
        let untilDue = max(0, cycle.wakeAt.nanoseconds(since: clock.now))
        let untilDrained = drainDeadline.map { max(0, $0 - WallClock.monotonic) } ?? .max
        return min(
            untilDue, untilDrained,
            scrub == nil ? SchedulerLimits.sleepMax : SchedulerLimits.scrubPause)
    }

    /// Inputs that the writer observes itself: changes of the clock, and the free space on the disk.
    private mutating func observe() throws(SchedulerError) -> [Input] {
        var inputs = note(clock.read(WallClock.reading))
        let now = WallClock.monotonic
        if readers.isDue(at: now) {
            lookAtReaders(now)
        }
        if inFlight.isDue(at: now) {
            inFlight.look(at: cycle.machine.projection, clock.now, logger)
        }
        noteRotation()
        if spaceMeasuredAt == .min || now - spaceMeasuredAt >= SchedulerLimits.spaceInterval {
            spaceMeasuredAt = now
            let measured: Space
            do { measured = try log.space() } catch { throw .log(error) }
            if measured != space {
                space = measured
                logger.warning("free disk space is \(measured)")
                inputs.append(.space(measured))
            }
        }
        return inputs
    }

    /// Looks who reads the log.
    private mutating func lookAtReaders(_ now: Int64) {
        let oldest = log.oldestReader
        metrics.noteReader(turnsBehind: oldest?.turnsBehind ?? 0)
        guard let held = readers.note(oldest, turns: turns, at: now), let oldest else { return }
        logger.warning(
            "a reader of the log keeps its file from using free space again",
            metadata: [
                "process": "\(oldest.process)", "turns-behind": "\(oldest.turnsBehind)",
                "seconds": "\(held / 1_000_000_000)",
            ])
    }

    /// Once when segments can no longer be begun, and once when they can again.
    private mutating func noteRotation() {
        let failure = log.rotationFailure
        guard (failure == nil) != (rotationFailure == nil) else { return }
        rotationFailure = failure
        if let failure {
            logger.warning(
                "no segment of the log can be begun: the last one grows",
                metadata: ["reason": "\(failure)"])
        } else {
            logger.notice("segments of the log are begun again")
        }
    }

    private mutating func turn(_ inputs: [Input]) throws(SchedulerError) {
        let turn = cycle.begin(inputs, now: clock.now)
        do throws(LogError) {
            try makeDurable(turn)
        } catch {
            guard case .notStored(let refusal, let detail) = error else { throw .log(error) }
            // Logged once, not ten times a second: the line may go to the same full disk.
            if refusedTurns == 0 {
                logger.error("turns are not stored", metadata: ["reason": "\(detail)"])
            }
            refusedTurns += 1
            metrics.countRefusedTurn()
            takeBack(turn, refusal)
            return
        }
        if refusedTurns > 0, !turn.effects.events.isEmpty {
            logger.notice("turns are stored again", metadata: ["refused": "\(refusedTurns)"])
            refusedTurns = 0
        }
        failures.note(turn.effects, at: WallClock.monotonic)
        for release in cycle.stored(turn) {
            switch release {
            case .deliveries(let deliveries): try sender.send(deliveries, from: log)
            case .replies(let replies): reply(replies)
            }
        }
    }

    /// Appends what the turn has to store, if anything.
    mutating func makeDurable(_ decided: borrowing DecidedTurn) throws(LogError) {
        guard let turn = decided.turn else { return }
        let began = WallClock.monotonic
        let seal = try log.append(turn, after: head)
        head = seal.last
        turns += 1
        Failpoint.headAdvanced.hit()
        let ended = WallClock.monotonic
        metrics.count(decided.effects, commit: ended - began, at: ended)
        if space == .ample { keeper?.offer(cycle.machine.projection, at: seal) }
    }

    private mutating func takeBack(
        _ turn: consuming DecidedTurn, _ refusal: LogError.Refusal
    ) {
        let rejection: Rejection =
            switch refusal {
            case .full: .outOfSpace
            case .transient: .unavailable
            }
        for token in cycle.refused(turn, now: clock.now) {
            waiters.removeValue(forKey: token)?(.rejected(rejection))
        }
        spaceMeasuredAt = .min
        WallClock.pause(TurnLimits.refusalPause)
    }

    /// Sends replies that are complete; reads must wait for the log.
    private mutating func reply(_ replies: [(token: ReplyToken, reply: Reply)]) {
        for (index, (token, reply)) in replies.enumerated() {
            if index == 0 { Failpoint.replyBegun.hit() } else { Failpoint.betweenReplies.hit() }
            switch reply {
            case .scheduled: resume(token, .scheduled)
            case .deleted: resume(token, .deleted)
            case .rejected(let rejection): resume(token, .rejected(rejection))
            case .deletedByPrefix(let count): resume(token, .deletedByPrefix(count: count))
            case .clockAccepted(let wasHeld):
                for input in note(clock.accept(WallClock.reading)) { inbox.put(input) }
                resume(token, .clockAccepted(wasHeld: wasHeld, isHeld: clock.isHeld))
            case .forgotten(let isRecorded): resume(token, .forgotten(isRecorded))
            case .found(let job): reads.append((token, .job(job)))
            case .listed(let page): reads.append((token, .page(page)))
            }
        }
    }

    /// Loads the results of reads, a little between two turns, so that triggers do not wait for large
    /// payloads. The results stay valid: they are the state of their turn, and the log keeps it.
    private mutating func answerReads() throws(SchedulerError) {
        var answered = 0
        var cost = 0
        while answered < reads.count, cost < SchedulerLimits.readCostOfATurn {
            let (token, read) = reads[answered]
            answered += 1
            switch read {
            case .job(let found):
                let job = try JobArchive.job(found, in: log)
                cost += job.readCost
                resume(token, .found(job, found.status))
            case .page(let found):
                let page = try JobArchive.page(found, in: log)
                cost += page.jobs.reduce(0) { $0 + $1.job.readCost }
                resume(token, .listed(page))
            }
        }
        reads.removeFirst(answered)
    }

    private mutating func resume(_ token: ReplyToken, _ response: Response) {
        waiters.removeValue(forKey: token)?(response)
    }
}

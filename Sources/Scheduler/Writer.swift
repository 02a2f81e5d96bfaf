// The one writer. A turn: take what arrived, let the decider decide, append it all as one durable
// batch, and only then answer and send. While the disk syncs one turn, the next one gathers in the
// inbox.

import EventLog
import Failpoints
import JobState
import Jobs
import Logging
import SchedulerCore

/// Lives and dies on the writer's thread.
struct Writer<Log: EventLog & ~Copyable>: ~Copyable {
    var log: Log
    var machine = SchedulerStateMachine(continuing: JobProjection())
    var head = SequenceNumber.zero
    var clock = WallClock()
    let zones: any ZoneSource
    private let inbox: Inbox
    private let sending: Sending
    private let histories: HistoryReads
    let checkpoints: Checkpointing?
    let metrics: SchedulerMetrics
    let logger: Logger

    private var waiters: [ReplyToken: Inbox.Waiter] = [:]
    private var lastToken: UInt64 = 0
    /// Inputs that come first in the next turn: there was no room for them, or their turn was not
    /// stored.
    private var pending: [Input] = []
    var wakeAt = Timestamp.earliest
    private var space = Space.ample
    private var spaceMeasuredAt = Int64.min
    /// Turns that were not stored since the last one that was.
    private var refusedTurns = 0
    var keeper: CheckpointKeeper?
    /// Reads whose answers are still to be loaded, oldest first.
    private var reads: [(token: ReplyToken, read: Read)] = []
    /// What is left to check of the log before the checkpoint.
    var scrub: Scrub?
    /// Monotonic.
    var scrubbedAt = WallClock.monotonic
    /// When a draining writer stops waiting for answers; monotonic.
    private var drainDeadline: Int64?

    /// What a read has found.
    private enum Read {
        case job(FoundJob)
        case page(FoundPage)
    }

    init(
        log: consuming Log, zones: any ZoneSource, checkpoints: Checkpointing?, inbox: Inbox,
        receivers: ReceiverRegistry, histories: HistoryReads, metrics: SchedulerMetrics,
        logger: Logger
    ) {
        self.log = log
        self.zones = zones
        self.checkpoints = checkpoints
        self.inbox = inbox
        sending = Sending(receivers: receivers, inbox: inbox)
        self.histories = histories
        self.metrics = metrics
        self.logger = logger
    }

    /// Takes turns until the inbox is stopped and everything in flight is answered, or the time for
    /// that is up.
    mutating func run() throws(SchedulerError) {
        while true {
            // While reads wait for their answers no more of them are taken: they are held here.
            let keepsCommands = !reads.isEmpty || pending.contains(where: \.isCommand)
            let arrivals = inbox.take(waiting: sleepDuration(), keepingCommands: keepsCommands)
            // What waited is older than what is seen now: the later report of one thing counts.
            var inputs = pending
            pending = []
            inputs += try observe()
            inputs += arrivals.inputs
            for (command, waiter) in arrivals.commands {
                lastToken += 1
                waiters[ReplyToken(lastToken)] = waiter
                inputs.append(.command(command, token: ReplyToken(lastToken)))
            }
            if arrivals.isStopping, drainDeadline == nil {
                metrics.vitals.enter(.stopping)
                Failpoint.stopping.hit()
                drainDeadline = WallClock.monotonic + Limits.drainDuration
                inputs.append(.stop)
            }
            let isIdle = inputs.isEmpty
            if !isIdle { Failpoint.inboxTaken.hit() }
            try turn(inputs)
            try answerReads()
            try histories.check()
            metrics.look(at: machine, clock.now)
            try scrubSome(isIdle: isIdle)
            if let drainDeadline, isDrained(by: drainDeadline) { return try close() }
        }
    }

    /// Checks a little more of what the boot did not read: when nothing is waiting, or it has not
    /// been done for a while.
    private mutating func scrubSome(isIdle: Bool) throws(SchedulerError) {
        guard scrub != nil else { return }
        let now = WallClock.monotonic
        guard isIdle || now - scrubbedAt >= Limits.scrubInterval else { return }
        scrubbedAt = now
        do { try scrub?.step(on: log) } catch { throw .log(error) }
        Failpoint.scrubStepped.hit()
        metrics.vitals.scrubbed(scrub?.position ?? .zero)
        if scrub?.isDone == true {
            logger.info("the part of the log before the checkpoint is as it was written")
            scrub = nil
        }
    }

    private func isDrained(by deadline: Int64) -> Bool {
        if WallClock.monotonic >= deadline { return true }
        return pending.isEmpty && reads.isEmpty && machine.projection.inFlight.isEmpty
    }

    /// Records `closed`. On a full disk that is tried for a moment; without it the next boot says
    /// that the close was not clean, and nothing else is different.
    private mutating func close() throws(SchedulerError) {
        Failpoint.drained.hit()
        let deadline = WallClock.monotonic + Limits.closeDuration
        pending = [.close]
        while !pending.isEmpty, WallClock.monotonic < deadline {
            let inputs = pending
            pending = []
            try turn(inputs)
        }
        Failpoint.closeRecorded.hit()
        if !pending.isEmpty { logger.error("the log could not be closed") }
        for waiter in waiters.values { waiter(.rejected(.stopping)) }
        waiters = [:]
    }

    private func sleepDuration() -> Int64 {
        if !pending.isEmpty || !reads.isEmpty { return 0 }
        let untilDue = max(0, wakeAt.nanoseconds(since: clock.now))
        let untilDrained = drainDeadline.map { max(0, $0 - WallClock.monotonic) } ?? .max
        return min(untilDue, untilDrained, scrub == nil ? Limits.sleepMax : Limits.scrubPause)
    }

    /// What the world says without being asked: the clock, and the room left on the disk.
    private mutating func observe() throws(SchedulerError) -> [Input] {
        var inputs: [Input] = []
        if let jump = clock.takeJump() {
            logger.warning(
                "the wall clock jumped",
                metadata: ["by": "\(jump.to.nanoseconds(since: jump.from)) ns"])
            inputs.append(.clockMoved(from: jump.from, to: jump.to))
        }
        let now = WallClock.monotonic
        if spaceMeasuredAt == .min || now - spaceMeasuredAt >= Limits.spaceInterval {
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

    /// Decides, makes durable, then answers, then sends.
    private mutating func turn(_ inputs: [Input]) throws(SchedulerError) {
        let effects = machine.step(inputs, now: clock.now)
        do throws(LogError) {
            if !effects.events.isEmpty { try makeDurable(effects) }
        } catch {
            guard case .notStored(let refusal, let detail) = error else { throw .log(error) }
            // Once, not ten times a second: the line may be written to the same full disk.
            if refusedTurns == 0 {
                logger.error("turns are not stored", metadata: ["reason": "\(detail)"])
            }
            refusedTurns += 1
            metrics.countRefusedTurn()
            takeBack(effects, inputs, refusal)
            return
        }
        if refusedTurns > 0, !effects.events.isEmpty {
            logger.notice("turns are stored again", metadata: ["refused": "\(refusedTurns)"])
            refusedTurns = 0
        }
        pending = effects.deferred
        wakeAt = effects.wakeAt
        try sending.send(effects.deliveries, from: log)
        reply(effects.replies)
    }

    mutating func makeDurable(_ effects: Effects) throws(LogError) {
        var records = RecordBatch(first: head.next)
        for event in effects.events {
            records.append { EventCodec.encode(event, into: &$0) }
        }
        let turn = Turn(
            records: records, payloads: effects.payloads, time: effects.events[0].time,
            decidedThrough: effects.decidedThrough)
        let began = WallClock.monotonic
        let seal = try log.append(turn, after: head)
        head = seal.last
        Failpoint.headAdvanced.hit()
        let ended = WallClock.monotonic
        metrics.count(effects, commit: ended - began, at: ended)
        if space == .ample { keeper?.offer(machine.projection, at: seal) }
    }

    /// The log is as it was; so is the decider again. Commands of the turn are refused, reads
    /// included, because they may rest on what was not stored; what the world reported comes again.
    private mutating func takeBack(
        _ effects: Effects, _ inputs: [Input], _ refusal: LogError.Refusal
    ) {
        if let undo = effects.undo { machine.undo(undo) }
        let rejection: Rejection =
            switch refusal {
            case .full: .outOfSpace
            case .transient: .unavailable
            }
        for (token, _) in effects.replies {
            waiters.removeValue(forKey: token)?(.rejected(rejection))
        }
        let refused = Set(effects.replies.map(\.token))
        pending = inputs.filter { input in
            guard case .command(_, let token) = input else { return true }
            return !refused.contains(token)
        }
        spaceMeasuredAt = .min
        WallClock.pause(Limits.refusalPause)
    }

    /// Answers what can be answered at once; reads must wait for the log.
    private mutating func reply(_ replies: [(token: ReplyToken, reply: Reply)]) {
        for (index, (token, reply)) in replies.enumerated() {
            if index == 0 { Failpoint.replyBegun.hit() } else { Failpoint.betweenReplies.hit() }
            switch reply {
            case .scheduled: resume(token, .scheduled)
            case .deleted: resume(token, .deleted)
            case .rejected(let rejection): resume(token, .rejected(rejection))
            case .deletedByPrefix(let count): resume(token, .deletedByPrefix(count: count))
            case .found(let job): reads.append((token, .job(job)))
            case .listed(let page): reads.append((token, .page(page)))
            }
        }
    }

    /// Loads what reads have found, a little between two turns, so that triggers do not wait behind
    /// large payloads. What was found stays true: it is the state of its turn, and the log keeps it.
    private mutating func answerReads() throws(SchedulerError) {
        var answered = 0
        var cost = 0
        while answered < reads.count, cost < Limits.readCostOfATurn {
            let (token, read) = reads[answered]
            answered += 1
            switch read {
            case .job(let found):
                let job = try JobArchive.job(found.generation, in: log)
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

// The one writer. A turn: take what arrived, let the decider decide, append it all as one durable
// batch, and only then answer and send. While the disk syncs one turn, the next one gathers in the
// inbox.

package import EventLog
import JobState
package import Jobs
import Logging
import SchedulerCore

/// What a boot found and how long it took.
package struct BootReport: Sendable {
    package let bootID: BootID
    package let jobs: Int
    package let inFlight: Int
    package let head: SequenceNumber
    package let isAfterCleanClose: Bool
    /// From opening the log to being the writer, in nanoseconds.
    package let nanoseconds: Int64
}

/// Lives and dies on the writer's thread.
struct Writer<Log: EventLog & ~Copyable>: ~Copyable {
    private var log: Log
    private var machine = SchedulerStateMachine(continuing: JobProjection())
    private var head = SequenceNumber.zero
    private var clock = WallClock()
    private let zones: any ZoneSource
    private let inbox: Inbox
    private let receivers: ReceiverRegistry
    private let logger: Logger

    private var waiters: [ReplyToken: Inbox.Waiter] = [:]
    private var lastToken: UInt64 = 0
    /// Inputs that come first in the next turn: there was no room for them, or their turn was not
    /// stored.
    private var pending: [Input] = []
    private var wakeAt = Timestamp.earliest
    private var space = Space.ample
    private var spaceMeasuredAt = Int64.min
    /// Turns that were not stored since the last one that was.
    private var refusedTurns = 0
    /// When a draining writer stops waiting for answers; monotonic.
    private var drainDeadline: Int64?

    init(
        log: consuming Log, zones: any ZoneSource, inbox: Inbox, receivers: ReceiverRegistry,
        logger: Logger
    ) {
        self.log = log
        self.zones = zones
        self.inbox = inbox
        self.receivers = receivers
        self.logger = logger
    }

    /// Folds the whole log, checking every seal, and records that this process is the writer now.
    mutating func boot(bootID: BootID, softwareVersion: String) throws(SchedulerError)
        -> BootReport
    {
        let began = WallClock.monotonic
        var fold = LogFold()
        try fold.run(over: log)
        let isClean = fold.projection.isClosed || fold.projection.head == .zero
        machine = SchedulerStateMachine(continuing: fold.projection)
        head = fold.projection.head
        let effects = machine.open(
            bootID: bootID, softwareVersion: softwareVersion, changedRules: changedRules(),
            now: clock.now)
        do throws(LogError) {
            do throws(LogError) {
                try store(effects)
            } catch .notStored(.full, _) {
                // The log has just given up its ballast; what a boot must record fits now.
                try store(effects)
            }
        } catch {
            throw .log(error)
        }
        wakeAt = effects.wakeAt
        return BootReport(
            bootID: bootID, jobs: machine.projection.rows.count,
            inFlight: machine.projection.inFlight.count, head: head, isAfterCleanClose: isClean,
            nanoseconds: WallClock.monotonic - began)
    }

    /// The rules of zones the log knows, where they say something else than the log's. A zone that
    /// cannot be read any more keeps its rules.
    private func changedRules() -> [ZoneRules] {
        var changed: [ZoneRules] = []
        for (zone, known) in machine.projection.zones.sorted(by: { $0.key < $1.key }) {
            do throws(ZoneSourceError) {
                let rules = try zones.rules(of: zone)
                guard try rules.table() != known else { continue }
                logger.notice("the rules of a time zone changed", metadata: ["zone": "\(zone)"])
                changed.append(rules)
            } catch {
                logger.warning(
                    "a time zone keeps the rules in the log", metadata: ["reason": "\(error)"])
            }
        }
        return changed
    }

    /// Takes turns until the inbox is stopped and everything in flight is answered, or the time for
    /// that is up.
    mutating func run() throws(SchedulerError) {
        while true {
            let arrivals = inbox.take(
                waiting: sleepDuration(), keepingCommands: pending.contains(where: \.isCommand))
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
                drainDeadline = WallClock.monotonic + Limits.drainDuration
                inputs.append(.stop)
            }
            try turn(inputs)
            if let drainDeadline, isDrained(by: drainDeadline) { return try close() }
        }
    }

    private func isDrained(by deadline: Int64) -> Bool {
        if WallClock.monotonic >= deadline { return true }
        return pending.isEmpty && machine.projection.inFlight.isEmpty
    }

    /// Records `closed`. On a full disk that is tried for a moment; without it the next boot says
    /// that the close was not clean, and nothing else is different.
    private mutating func close() throws(SchedulerError) {
        let deadline = WallClock.monotonic + Limits.closeDuration
        pending = [.close]
        while !pending.isEmpty, WallClock.monotonic < deadline {
            let inputs = pending
            pending = []
            try turn(inputs)
        }
        if !pending.isEmpty { logger.error("the log could not be closed") }
        for waiter in waiters.values { waiter.resume(returning: .rejected(.stopping)) }
        waiters = [:]
    }

    private func sleepDuration() -> Int64 {
        if !pending.isEmpty { return 0 }
        let untilDue = max(0, wakeAt.nanoseconds(since: clock.now))
        let untilDrained = drainDeadline.map { max(0, $0 - WallClock.monotonic) } ?? .max
        return min(untilDue, untilDrained, Limits.sleepMax)
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
            if !effects.events.isEmpty { try store(effects) }
        } catch {
            guard case .notStored(let refusal, let detail) = error else { throw .log(error) }
            // Once, not ten times a second: the line may be written to the same full disk.
            if refusedTurns == 0 {
                logger.error("turns are not stored", metadata: ["reason": "\(detail)"])
            }
            refusedTurns += 1
            takeBack(effects, inputs, refusal)
            return
        }
        if refusedTurns > 0, !effects.events.isEmpty {
            logger.notice("turns are stored again", metadata: ["refused": "\(refusedTurns)"])
            refusedTurns = 0
        }
        pending = effects.deferred
        wakeAt = effects.wakeAt
        try reply(effects.replies)
        try send(effects.deliveries)
    }

    private mutating func store(_ effects: Effects) throws(LogError) {
        var records = RecordBatch(first: head.next)
        for event in effects.events {
            records.append { EventCodec.encode(event, into: &$0) }
        }
        let turn = Turn(
            records: records, payloads: effects.payloads, time: effects.events[0].time,
            decidedThrough: effects.decidedThrough)
        head = try log.append(turn, after: head).last
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
            waiters.removeValue(forKey: token)?.resume(returning: .rejected(rejection))
        }
        let refused = Set(effects.replies.map(\.token))
        pending = inputs.filter { input in
            guard case .command(_, let token) = input else { return true }
            return !refused.contains(token)
        }
        spaceMeasuredAt = .min
        WallClock.pause(Limits.refusalPause)
    }

    private mutating func reply(_ replies: [(token: ReplyToken, reply: Reply)])
        throws(SchedulerError)
    {
        for (token, reply) in replies {
            let response: Response =
                switch reply {
                case .scheduled: .scheduled
                case .deleted: .deleted
                case .rejected(let rejection): .rejected(rejection)
                case .found(let job):
                    .found(try JobArchive.job(job.generation, in: log), job.status)
                }
            waiters.removeValue(forKey: token)?.resume(returning: response)
        }
    }

    private func payload(for delivery: Delivery) throws(SchedulerError) -> Payload? {
        guard delivery.hasPayload else { return nil }
        return try JobArchive.payload(of: delivery.generation, in: log)
    }

    private func send(_ deliveries: [Delivery]) throws(SchedulerError) {
        var loaded: [ReceiverID: [LoadedDelivery]] = [:]
        for delivery in deliveries {
            loaded[delivery.receiver, default: []].append(
                LoadedDelivery(delivery: delivery, payload: try payload(for: delivery)))
        }
        for receiver in loaded.keys.sorted() {
            let batch = loaded[receiver] ?? []
            if let receiver = receivers[receiver] {
                receiver.deliver(batch)
            } else {
                // It left while the turn was taken; its absence waits in the inbox before these
                // answers.
                for delivery in batch {
                    inbox.put(
                        .answer(Answer(trigger: delivery.delivery.trigger, outcome: .undeliverable))
                    )
                }
            }
        }
    }
}

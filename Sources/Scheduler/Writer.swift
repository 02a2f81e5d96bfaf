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
    /// When a draining writer stops waiting for answers; monotonic.
    private var drainDeadline: Int64?

    init(log: consuming Log, inbox: Inbox, receivers: ReceiverRegistry, logger: Logger) {
        self.log = log
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
            bootID: bootID, softwareVersion: softwareVersion, now: clock.now)
        do {
            try store(effects)
        } catch {
            throw .log(error)
        }
        wakeAt = effects.wakeAt
        return BootReport(
            bootID: bootID, jobs: machine.projection.rows.count,
            inFlight: machine.projection.inFlight.count, head: head, isAfterCleanClose: isClean,
            nanoseconds: WallClock.monotonic - began)
    }

    /// Takes turns until the inbox is stopped and everything in flight is answered, or the time for
    /// that is up.
    mutating func run() throws(SchedulerError) {
        while true {
            var arrivals = inbox.take(waiting: sleepDuration())
            var inputs = try observe()
            inputs += pending
            pending = []
            inputs += arrivals.inputs
            for (command, waiter) in arrivals.commands {
                lastToken += 1
                waiters[ReplyToken(lastToken)] = waiter
                inputs.append(.command(command, token: ReplyToken(lastToken)))
            }
            arrivals.commands = []
            if arrivals.isStopping, drainDeadline == nil {
                drainDeadline = WallClock.monotonic + Limits.drainDuration
                inputs.append(.stop)
            }
            try turn(inputs)
            if isDrained {
                try turn([.close])
                return
            }
        }
    }

    private var isDrained: Bool {
        guard let drainDeadline, pending.isEmpty else { return false }
        return machine.projection.inFlight.isEmpty || WallClock.monotonic >= drainDeadline
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
            logger.error("a turn was not stored", metadata: ["reason": "\(detail)"])
            takeBack(effects, inputs, refusal)
            return
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
                case .found(let job): .found(try read(job.generation))
                }
            waiters.removeValue(forKey: token)?.resume(returning: response)
        }
    }

    private func read(_ generation: SequenceNumber) throws(SchedulerError) -> StoredJob {
        let before = SequenceNumber(generation.rawValue - 1)
        let page: LogPage
        do { page = try log.read(after: before, limit: 1) } catch { throw .log(error) }
        guard page.records.count == 1 else {
            throw .log(.damaged(at: generation, detail: "the record is missing"))
        }
        let record = try LogFold.decode(page.records, at: 0)
        switch record.event {
        case .created(let definition), .updated(let definition, _):
            return StoredJob(
                generation: generation, definition: definition,
                payload: try payload(of: generation))
        default:
            throw .corruptHistory(at: generation, reason: "no job was accepted there")
        }
    }

    private func payload(of generation: SequenceNumber) throws(SchedulerError) -> Payload? {
        let stored: [UInt8]?
        do { stored = try log.payload(of: generation) } catch { throw .log(error) }
        guard let stored else { return nil }
        guard let payload = Payload(stored: stored) else {
            throw .corruptHistory(at: generation, reason: "its payload cannot be read")
        }
        return payload
    }

    private func send(_ deliveries: [Delivery]) throws(SchedulerError) {
        var loaded: [ReceiverID: [LoadedDelivery]] = [:]
        for delivery in deliveries {
            loaded[delivery.receiver, default: []].append(
                LoadedDelivery(
                    delivery: delivery, payload: try payload(of: delivery.generation)))
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

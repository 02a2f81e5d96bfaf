// A log as a scheduler would have written it: made by the real decider under virtual time, with an
// app that answers every trigger at once.

import EventLog
import JobState
import Jobs
import SchedulerCore

struct SyntheticHistory {
    private var machine = SchedulerStateMachine(continuing: JobProjection())
    private(set) var head = SequenceNumber.zero
    private var now: Timestamp
    private var wakeAt = Timestamp.earliest
    private var pending: [Input] = []
    /// Jobs that are still to be scheduled, by number.
    private var unscheduled: Range<Int>
    private let schedule: String
    private let payload: Payload?

    private let jobsOfATurn: Int

    /// `jobs` with the same schedule, accepted from `start` on, with a payload of `payloadBytes`
    /// each and names of 32 bytes. Every millisecond a turn takes `jobsOfATurn` of them, and so it
    /// is when they are due.
    init(
        jobs: Int, schedule: String, start: Timestamp, payloadBytes: Int, jobsOfATurn: Int
    ) throws {
        now = start
        unscheduled = 0..<jobs
        self.schedule = schedule
        self.jobsOfATurn = jobsOfATurn
        payload = payloadBytes > 0 ? Self.payload(of: payloadBytes) : nil
        pending.append(
            .receiverPresent(
                Presence(
                    route: try Self.route, receiver: ReceiverID(1), address: "bench",
                    window: .max)))
    }

    /// Whether something is to be done before time goes on.
    var isBusy: Bool { !pending.isEmpty || !unscheduled.isEmpty || wakeAt <= now }

    static var route: RouteKey {
        get throws { try RouteKey(namespace: "default", appID: "bench") }
    }

    static func id(of job: Int) throws -> JobID {
        let digits = "\(job)"
        let zeros = String(repeating: "0", count: 28 - digits.utf8.count)
        return try JobID(
            namespace: "default", target: .app("bench"), name: "job-\(zeros)\(digits)")
    }

    mutating func writeTurn<Log: EventLog & ~Copyable>(to log: inout Log) throws {
        let turn = try nextTurn()
        _ = try log.append(turn, after: SequenceNumber(turn.records.first.rawValue - 1))
    }

    private mutating func nextTurn() throws -> Turn {
        var effects = Effects()
        if head == .zero {
            effects = machine.open(
                bootID: BootID(high: 1, low: 1), softwareVersion: "bench", changedRules: [],
                now: now)
        }
        while effects.events.isEmpty {
            var inputs = pending
            if !unscheduled.isEmpty { now = now.clampedAdding(nanoseconds: 1_000_000) }
            for job in unscheduled.prefix(jobsOfATurn) {
                inputs.append(.command(.schedule(try plan(job)), token: ReplyToken(UInt64(job))))
            }
            unscheduled = unscheduled.dropFirst(jobsOfATurn)
            effects = machine.step(inputs, now: now)
            pending = effects.deferred
            wakeAt = effects.wakeAt
            for delivery in effects.deliveries {
                pending.append(
                    .answer(Answer(trigger: delivery.trigger, outcome: .succeeded, code: 200)))
            }
            if !isBusy, effects.events.isEmpty { now = wakeAt }
        }
        var records = RecordBatch(first: head.next)
        for event in effects.events { records.append { EventCodec.encode(event, into: &$0) } }
        head = records.last
        return Turn(
            records: records, payloads: effects.payloads, time: now,
            decidedThrough: effects.decidedThrough)
    }

    private func plan(_ job: Int) throws -> JobPlan {
        let request = JobRequest(
            id: try Self.id(of: job), schedule: schedule,
            payload: payload, caller: Caller(api: .http, appID: "bench", peer: "bench"))
        return try JobPlan(request, zones: FixedZones())
    }

    /// A JSON string of so many letters, in the form it is stored: `google.protobuf.Value`.
    private static func payload(of count: Int) -> Payload {
        let stringValue = UInt8(3 << 3 | 2)
        var length = count
        var value = [stringValue]
        while length >= 0x80 {
            value.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        value.append(UInt8(length))
        value += [UInt8](repeating: UInt8(ascii: "x"), count: count)
        return Payload(typeURL: "type.googleapis.com/google.protobuf.Value", value: value)
    }
}

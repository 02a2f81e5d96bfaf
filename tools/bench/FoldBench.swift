// How fast a boot is. The history is made by the real decider under virtual time, written to a real
// log, then booted from; the reference is the same log read and checked without being folded.

import ArgumentParser
import EventLog
import JobState
import Jobs
import LMDBLog
import Logging
import Scheduler
import SchedulerCore

struct FoldBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fold", abstract: "Events a second that a boot folds.")

    @Option(help: "An empty directory for the log.") var dataDir: String
    @Option(help: "Jobs, each every minute.") var jobs = 100_000
    @Option(help: "Events in the log, at least.") var events = 1_000_000
    @Option(help: "How often to boot.") var runs = 3

    func run() async throws {
        var history = try SyntheticHistory(jobs: jobs)
        do {
            var log = try LMDBLog(directory: dataDir)
            while history.head.rawValue < UInt64(events) {
                let turn = try history.nextTurn()
                _ = try log.append(turn, after: turn.records.first.previous)
            }
        }
        for _ in 0..<runs {
            let clock = ContinuousClock()
            var count = 0
            let reading = try clock.measure { count = try FoldBench.read(dataDir) }
            let scheduler = Scheduler(zones: FixedZones())
            let directory = dataDir
            let report = try await scheduler.start(
                softwareVersion: "bench", logger: Logger(label: "bench")
            ) { _ throws(LogError) in try LMDBLog(directory: directory) }
            scheduler.stop()
            try await scheduler.run()
            let folding = Duration.nanoseconds(report.nanoseconds)
            print(
                """
                events \(count) jobs \(report.jobs)  read and check \(rate(count, reading))/s  \
                boot \(rate(count, folding))/s  boot/read \(ratio(folding, reading))
                """)
        }
    }

    /// Reads every record with its checksum and every seal with its digest, as a boot does.
    private static func read(_ directory: String) throws -> Int {
        let log = try LMDBReader(directory: directory)
        var check = SealCheck(after: .genesis(of: log.identity))
        var position = SequenceNumber.zero
        while true {
            let page = try log.read(after: position, limit: 10_000)
            if page.records.isEmpty { return Int(position.rawValue) }
            try check.add(page)
            position = page.records.last
        }
    }

    private func rate(_ count: Int, _ duration: Duration) -> Int {
        Int(Double(count) / (duration / .seconds(1)))
    }

    private func ratio(_ one: Duration, _ other: Duration) -> String {
        let hundredths = Int((one / other) * 100)
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}

/// Jobs that are due every minute, triggered and answered, turn after turn.
struct SyntheticHistory {
    private var machine = SchedulerStateMachine(continuing: JobProjection())
    private(set) var head = SequenceNumber.zero
    private var now = Timestamp(seconds: 1_800_000_000)
    private var pending: [Input] = []

    init(jobs: Int) throws {
        let route = try RouteKey(namespace: "default", appID: "bench")
        let presence = Presence(
            route: route, receiver: ReceiverID(1), address: "bench", window: .max)
        pending.append(.receiverPresent(presence))
        let caller = Caller(api: .http, appID: "bench", peer: "bench")
        for index in 0..<jobs {
            let id = try JobID(
                namespace: "default", target: .app("bench"), name: "job-\(index)")
            let request = JobRequest(id: id, schedule: "@every 1m", caller: caller)
            let plan = try JobPlan(request, zones: FixedZones())
            pending.append(.command(.schedule(plan), token: ReplyToken(UInt64(index))))
        }
    }

    mutating func nextTurn() throws -> Turn {
        var effects = Effects()
        if head == .zero {
            effects = machine.open(
                bootID: BootID(high: 1, low: 1), softwareVersion: "bench", changedRules: [],
                now: now)
        }
        while effects.events.isEmpty {
            let inputs = pending
            pending = []
            effects = machine.step(inputs, now: now)
            pending = effects.deferred
            for delivery in effects.deliveries {
                pending.append(
                    .answer(Answer(trigger: delivery.trigger, outcome: .succeeded, code: 200)))
            }
            if pending.isEmpty { now = max(now, effects.wakeAt) }
        }
        var records = RecordBatch(first: head.next)
        for event in effects.events { records.append { EventCodec.encode(event, into: &$0) } }
        head = records.last
        return Turn(
            records: records, payloads: effects.payloads, time: now,
            decidedThrough: effects.decidedThrough)
    }
}

extension SequenceNumber {
    fileprivate var previous: SequenceNumber { SequenceNumber(rawValue - 1) }
}

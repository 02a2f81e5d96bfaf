// What holds of every request that was accepted, whichever door it came by: it can be stored, read
// back and folded, and comes back as it was said.

import EventLog
import JobState
import Jobs
import Scheduler
import SchedulerCore
import TestSupport

enum PlanLaws {
    /// The zones a request can name here.
    static let zones = FixedZones([
        ZoneRules("Test/City", footer: "EST5EDT,M3.2.0,M11.1.0"),
        ZoneRules("Test/Leaps", footer: "AAA24:59:59BBB-24:59:59,0/-167,J180/167"),
        ZoneRules("Test/Busy", changes: 1_790),
    ])

    /// When requests come: ordinary, and at both ends of time.
    private static let instants = [
        Timestamp(seconds: 1_800_000_000), .earliest, .latest,
        Timestamp(nanoseconds: 1_798_761_599_999_999_999),
    ]

    /// A job as the log would have it.
    struct Accepted: Sendable {
        let job: StoredJob
        let status: JobStatus
    }

    /// Checks the laws; returns the job, `nil` if it is refused when its times are resolved, or has
    /// no tick left.
    static func check(_ plan: JobPlan) throws(Breach) -> Accepted? {
        let request = plan.request
        try Breach.unless(JobID(key: request.id.key) == request.id, "its id cannot be read back")
        try Breach.unless(
            plan.payload.flatMap(Payload.init(stored:)) == request.payload,
            "its payload cannot be read back")
        var accepted: Accepted?
        for now in instants {
            guard let definition = try resolve(plan, at: now) else { continue }
            let state = try fold(definition, of: plan, at: now)
            guard accepted == nil, let row = state.rows[state.head], row.tick.phase != .finished
            else { continue }
            let job = StoredJob(
                generation: state.head, definition: definition, payload: request.payload)
            accepted = Accepted(job: job, status: JobStatus(of: row, in: state.zones))
        }
        return accepted
    }

    private static func resolve(_ plan: JobPlan, at now: Timestamp) throws(Breach) -> Definition? {
        let definition: Definition
        do {
            definition = try plan.resolve(at: now, in: [:])
        } catch {
            try Breach.unless(
                !error.field.isEmpty && !error.reason.isEmpty, "refused without words")
            return nil
        }
        try Breach.unless(
            definition.firstDue.map { $0 >= definition.anchor } ?? true,
            "it is due before it begins")
        try Breach.unless(
            definition.firstDue == nil || definition.expiry == nil
                || definition.firstDue ?? .latest <= definition.expiry ?? .latest,
            "it is due after its expiry")
        return definition
    }

    /// A log in which it is accepted, from its bytes.
    private static func fold(
        _ definition: Definition, of plan: JobPlan, at now: Timestamp
    ) throws(Breach) -> JobProjection {
        let opening = Opening(
            bootID: BootID(high: 1, low: 2), softwareVersion: "fuzz",
            logFormat: EventCodec.format, isAfterCleanClose: true)
        var events: [Event] = [.opened(opening)]
        if let rules = plan.zoneRules { events.append(.zoneRules(rules)) }
        events.append(.created(definition))
        var projection = JobProjection()
        for event in events {
            let record = Record(sequence: projection.head.next, time: now, event: event)
            var bytes: [UInt8] = []
            EventCodec.encode(record, into: &bytes)
            do {
                let read = try EventCodec.decode(bytes, in: 0..<bytes.count, at: record.sequence)
                try Breach.unless(read == record, "its record reads as another: \(read)")
                try projection.apply(read)
            } catch let breach as Breach {
                throw breach
            } catch {
                throw Breach(description: "its record is refused: \(error)")
            }
        }
        try StateLaws.check(projection)
        return projection
    }
}

/// What holds of every state.
enum StateLaws {
    // Safe because there are 16 bytes.
    static let log = LogID(bytes: [UInt8](repeating: 7, count: LogID.size))!

    /// A checkpoint of it is read as the same state.
    static func check(_ projection: JobProjection) throws(Breach) {
        let seal = seal(of: projection)
        let bytes = checkpoint(of: projection, seal)
        do {
            var reader = CheckpointReader(of: log)
            try reader.read(bytes)
            let read = try reader.finish()
            try Breach.unless(read.seal == seal, "the checkpoint has another seal")
            try Breach.unless(
                checkpoint(of: read.projection, seal) == bytes, "the checkpoint is another state")
        } catch let breach as Breach {
            throw breach
        } catch {
            throw Breach(description: "its checkpoint is refused: \(error)")
        }
    }

    /// Of a log whose one turn ends with its head.
    static func seal(of projection: JobProjection) -> Seal {
        guard projection.head != .zero else { return .genesis(of: log) }
        return Seal(
            first: SequenceNumber(1), last: projection.head, time: .earliest,
            decidedThrough: .earliest, digest: [UInt8](repeating: 1, count: Seal.digestSize))
    }

    static func checkpoint(of projection: JobProjection, _ seal: Seal) -> [UInt8] {
        var writer = CheckpointWriter(projection, seal: seal, log: log)
        var bytes: [UInt8] = []
        while let piece = writer.next() { bytes += piece }
        return bytes
    }
}

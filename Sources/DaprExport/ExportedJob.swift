// A job as Dapr's scheduler has it, put into the words of a request: its definition, and how far it
// has come. Dapr: go-etcd-cron internal/scheduler and internal/counter, dapr
// pkg/scheduler/server/internal/serialize.

import DaprAPI
import DaprProtos
import EventLog
import Jobs
import SwiftProtobuf

/// Why a job cannot be moved in, in words.
struct CannotMove: Error {
    let reason: String
}

private typealias Metadata = Dapr_Proto_Scheduler_V1_JobMetadata

/// A job and how far it has come.
struct ExportedJob {
    let request: JobRequest
    /// Attempts of the next tick that have failed.
    let failedAttempts: UInt32
    /// Whether a counter was there that belongs to an earlier job of the name.
    let hasForeignCounter: Bool

    /// `name` is the key without `dapr/jobs/`, `file` what was imported.
    init(
        name: ArraySlice<UInt8>, value: ArraySlice<UInt8>, counter: ArraySlice<UInt8>?,
        file: String
    ) throws(CannotMove) {
        let stored: CronStoredJob = try Self.message(value, "job")
        let count: CronCounter? = try counter.map { bytes throws(CannotMove) in
            try Self.message(bytes, "counter")
        }
        let hasForeignCounter = count.map { $0.jobPartitionID != stored.partitionID } ?? false
        let counted = hasForeignCounter ? nil : count
        let metadata = try Self.metadata(of: stored.job)
        let policy = stored.job.failurePolicy
        try Self.refuseUnknownFields(
            [stored, stored.job, policy, policy.constant, metadata, metadata.target]
                + (count.map { [$0] } ?? []))
        let id = try Self.id(name, metadata)
        do throws(InvalidField) {
            var request = JobRequest(
                id: id, schedule: stored.job.hasSchedule ? stored.job.schedule : nil,
                dueTime: stored.job.hasDueTime ? stored.job.dueTime : nil,
                ttl: stored.job.hasTtl ? stored.job.ttl : nil,
                repeats: stored.job.hasRepeats ? stored.job.repeats : nil,
                failurePolicy: try Self.failurePolicy(of: stored.job),
                payload: stored.job.hasPayload ? Payload(stored.job.payload) : nil,
                caller: Caller(api: .import, appID: metadata.appID, peer: file))
            if !id.isOfApp, !metadata.appID.isEmpty { request.submittedAppID = metadata.appID }
            if metadata.hasConcurrencyKey { request.concurrencyKey = metadata.concurrencyKey }
            request.continuation = JobRequest.Continuation(
                anchor: try Self.anchor(of: stored),
                expiry: stored.hasExpiration ? try Self.expiry(stored.expiration) : nil,
                ticks: try counted.flatMap { count throws(InvalidField) in
                    try Self.ticks(count)
                })
            self.request = request
        } catch {
            throw CannotMove(reason: "\(error.field): \(error.reason)")
        }
        failedAttempts = counted?.attempts ?? 0
        self.hasForeignCounter = hasForeignCounter
    }
}

// Its identity.
extension ExportedJob {
    private static func metadata(of job: CronJob) throws(CannotMove) -> Metadata {
        guard job.metadata.typeURL.hasSuffix("/" + Metadata.protoMessageName) else {
            throw CannotMove(
                reason: "its metadata is a \"\(job.metadata.typeURL)\", not Dapr's JobMetadata")
        }
        return try message(Array(job.metadata.value)[...], "metadata")
    }

    /// The name is what follows in the key behind what the metadata says; it may contain "||".
    private static func id(
        _ key: ArraySlice<UInt8>, _ metadata: Metadata
    ) throws(CannotMove) -> JobID {
        let (target, parts): (Target, [String])
        switch metadata.target.type {
        case .job:
            target = .app(metadata.appID)
            parts = ["app", metadata.namespace, metadata.appID]
        case .actor(let actor):
            target = .actor(type: actor.type, id: actor.id)
            parts = ["actorreminder", metadata.namespace, actor.type, actor.id]
        case nil: throw CannotMove(reason: "its metadata names neither an app nor an actor")
        }
        let prefix = parts.map { $0 + "||" }.joined()
        guard key.starts(with: prefix.utf8),
            let name = String(validating: key.dropFirst(prefix.utf8.count), as: UTF8.self)
        else {
            throw CannotMove(
                reason: "its key is not \"\(prefix)\" and a name, as its metadata has it")
        }
        do {
            return try JobID(namespace: metadata.namespace, target: target, name: name)
        } catch {
            throw CannotMove(reason: "\(error.field): \(error.reason)")
        }
    }
}

// Its course.
extension ExportedJob {
    /// A job without a policy gives a failed tick up, as one without retries does: the policy that
    /// Dapr gives to jobs submitted without one is stored with them.
    private static func failurePolicy(of job: CronJob) throws(InvalidField) -> FailurePolicy {
        guard job.hasFailurePolicy, let policy = try FailurePolicy(job.failurePolicy) else {
            return .drop
        }
        return policy
    }

    private static func anchor(of stored: CronStoredJob) throws(InvalidField) -> Timestamp {
        switch stored.begin {
        case .dueTime(let due) where stored.job.hasDueTime:
            return try point(due, "dueTime").resolve(from: .earliest)
        case .start(let start) where !stored.job.hasDueTime && stored.job.hasSchedule:
            return try point(start, "start").resolve(from: .earliest)
        case .dueTime, .start:
            throw InvalidField("begin", "is not of the kind that its texts ask for")
        case nil: throw InvalidField("begin", "is missing")
        }
    }

    private static func expiry(
        _ instant: Google_Protobuf_Timestamp
    ) throws(InvalidField) -> Timestamp? {
        try point(instant, "expiration").resolveExpiry(from: .earliest)
    }

    private static func point(
        _ instant: Google_Protobuf_Timestamp, _ field: String
    ) throws(InvalidField) -> PointInTime {
        guard (0..<1_000_000_000).contains(instant.nanos) else {
            throw InvalidField(field, "has \(instant.nanos) nanoseconds within a second")
        }
        return .absolute(seconds: instant.seconds, nanoseconds: instant.nanos)
    }

    /// The ticks that are over; `nil` if there are none.
    private static func ticks(_ counter: CronCounter) throws(InvalidField) -> TicksElsewhere? {
        guard (counter.count > 0) == counter.hasLastTrigger else {
            throw InvalidField(
                "counter",
                counter.hasLastTrigger
                    ? "says when its last tick was due, but none has run"
                    : "says that \(counter.count) ticks have run, but not when the last was due")
        }
        guard counter.count > 0 else { return nil }
        return TicksElsewhere(
            count: counter.count,
            lastDue: try point(counter.lastTrigger, "last trigger").resolve(from: .earliest))
    }
}

extension ExportedJob {
    private static func message<Content: Message>(
        _ bytes: ArraySlice<UInt8>, _ what: String
    ) throws(CannotMove) -> Content {
        guard let message = try? Content(serializedBytes: Array(bytes)) else {
            throw CannotMove(
                reason: "its \(what) cannot be read: its \(bytes.count) bytes are damaged")
        }
        return message
    }

    /// A field that is unknown here may say something that would be lost.
    private static func refuseUnknownFields(_ messages: [any Message]) throws(CannotMove) {
        guard messages.allSatisfy({ $0.unknownFields.data.isEmpty }) else {
            throw CannotMove(reason: "it has a field that is unknown here: a newer Dapr's?")
        }
    }
}

// Inputs that are bytes, to begin with: one of every message, and of every part of a data directory.

import DaprProtos
import EventLog
import JobState
import Jobs
import SwiftProtobuf

extension Door {
    /// Of the doors of texts there are none: theirs lie in the corpus as they are.
    package var seeds: [(name: String, bytes: [UInt8])] {
        switch self {
        case .http, .answers, .schedule: []
        case .grpc: GRPCSeeds.all
        case .frames: FrameSeeds.all
        case .stored: StoredSeeds.all
        }
    }
}

private enum GRPCSeeds {
    static var all: [(name: String, bytes: [UInt8])] {
        [
            seed("runtime-job", .runtimeJob, runtimeJob), seed("job", .job, job(of: appMetadata)),
            seed("reminder", .job, job(of: actorMetadata)),
            seed(
                "get", .get,
                Dapr_Proto_Scheduler_V1_GetJobRequest.with {
                    $0.name = "report"
                    $0.metadata = appMetadata
                }),
            seed(
                "list", .list,
                Dapr_Proto_Scheduler_V1_ListJobsRequest.with {
                    $0.metadata = actorMetadata
                }),
            seed(
                "delete-by-metadata", .deleteByMetadata,
                Dapr_Proto_Scheduler_V1_DeleteByMetadataRequest.with {
                    $0.metadata = actorMetadata
                    $0.idPrefixMatch = true
                }),
            seed(
                "delete-by-name-prefix", .deleteByNamePrefix,
                Dapr_Proto_Scheduler_V1_DeleteByNamePrefixRequest.with {
                    $0.metadata = appMetadata
                    $0.namePrefix = "re"
                }),
            seed("watch", .watch, watch),
        ]
    }

    private static func seed(
        _ name: String, _ kind: GRPCDoor.Kind, _ message: some Message
    ) -> (name: String, bytes: [UInt8]) {
        // None has required fields, all that could fail.
        let bytes: [UInt8] = (try? message.serializedBytes()) ?? []
        return (name, [kind.rawValue] + bytes)
    }

    private static let payload = Google_Protobuf_Any.with {
        $0.typeURL = "type.googleapis.com/google.protobuf.StringValue"
        $0.value.append(contentsOf: [10, 1, 97])
    }

    private static let runtimeJob = Dapr_Proto_Runtime_V1_ScheduleJobRequest.with {
        $0.overwrite = true
        $0.job = .with {
            $0.name = "report"
            $0.schedule = "TZ=Test/City 0 30 9 * * 1-5"
            $0.dueTime = "1h30m"
            $0.ttl = "2100-01-01T00:00:00Z"
            $0.repeats = 7
            $0.data = payload
            $0.failurePolicy.constant = .with {
                $0.interval.seconds = 5
                $0.maxRetries = 3
            }
        }
    }

    private static func job(
        of metadata: Dapr_Proto_Scheduler_V1_JobMetadata
    ) -> Dapr_Proto_Scheduler_V1_ScheduleJobRequest {
        .with {
            $0.name = "report"
            $0.metadata = metadata
            $0.overwrite = true
            $0.job = .with {
                $0.schedule = "@every 1m"
                $0.dueTime = "PT1H"
                $0.ttl = "P1D"
                $0.repeats = 2
                $0.data = payload
                $0.failurePolicy.drop = .init()
            }
        }
    }

    private static let appMetadata = Dapr_Proto_Scheduler_V1_JobMetadata.with {
        $0.namespace = "default"
        $0.appID = "shop"
        $0.target.job = .init()
    }

    private static let actorMetadata = Dapr_Proto_Scheduler_V1_JobMetadata.with {
        $0.namespace = "default"
        $0.appID = "shop"
        $0.concurrencyKey = "k"
        $0.target.actor = .with {
            $0.type = "cat"
            $0.id = "tom"
        }
    }

    private static let watch = Dapr_Proto_Scheduler_V1_WatchJobsRequest.with {
        $0.initial = .with {
            $0.namespace = "default"
            $0.appID = "shop"
            $0.actorTypes = ["cat", "dog"]
            $0.acceptJobTypes = [.job, .actorReminder]
            $0.concurrencyLimits = [
                .with {
                    $0.name = "k"
                    $0.maxConcurrent = 2
                    $0.target = .actor(.with { $0.type = "cat" })
                }
            ]
        }
    }
}

private enum StoredSeeds {
    static var all: [(name: String, bytes: [UInt8])] {
        let records = history
        var seeds: [(name: String, bytes: [UInt8])] = []
        for (index, bytes) in records.enumerated() {
            seeds.append(("event-\(index < 10 ? "0" : "")\(index)", kind(.event) + bytes))
        }
        let log = records.flatMap { [UInt8($0.count & 0xFF), UInt8($0.count >> 8)] + $0 }
        seeds.append(("history", kind(.history) + log))
        let checkpoint = StateLaws.checkpoint(of: projection, StateLaws.seal(of: projection))
        seeds.append(("checkpoint", kind(.checkpoint) + checkpoint))
        seeds.append(("checkpoint-sealed", kind(.sealedCheckpoint) + checkpoint))
        let frame = records[0].withUnsafeBytes { RecordFrame.close($0, at: SequenceNumber(9)) }
        seeds.append(("frame", kind(.frame) + frame))
        for (index, rules) in zones.enumerated() {
            seeds.append(("zone-\(index)", kind(.zone) + rules.tzif))
        }
        let payload = Payload(typeURL: "type.googleapis.com/a.B", value: [1, 2, 3])
        seeds.append(("payload", kind(.payload) + payload.stored))
        seeds.append(("export", kind(.export) + ExportSeed.bytes))
        return seeds
    }

    private static func kind(_ kind: StoredDoor.Kind) -> [UInt8] { [kind.rawValue] }

    private static let zones = ["Test/City", "Test/Leaps"].compactMap {
        try? PlanLaws.zones.rules(of: $0)
    }

    private static func at(_ seconds: Int64) -> Timestamp {
        Timestamp(seconds: 1_800_000_000 + seconds)
    }

    /// One of most kinds, each of which can follow those before.
    private static let events: [Event] = {
        // Safe because the parts are letters.
        let id = try! JobID(namespace: "default", target: .app("shop"), name: "report")
        // Safe because the parts are letters.
        let reminder = try! JobID(
            namespace: "default", target: .actor(type: "cat", id: "tom"), name: "é")
        let caller = Caller(api: .http, appID: "shop", peer: "127.0.0.1:5")
        let presence = Presence(
            route: id.route, receiver: ReceiverID(9), address: "127.0.0.1:8080", window: 64)
        func opening(_ isAfterCleanClose: Bool) -> Event {
            .opened(
                Opening(
                    bootID: BootID(high: 1, low: 2), softwareVersion: "fuzz",
                    logFormat: EventCodec.format, isAfterCleanClose: isAfterCleanClose))
        }
        let plain = Definition(
            id: id, schedule: "@every 1m", dueTime: nil, ttl: nil, repeats: nil,
            failurePolicy: .standard, anchor: at(0), firstDue: at(60), expiry: nil, payload: nil,
            caller: caller)
        let full = Definition(
            id: reminder, submittedAppID: "shop", concurrencyKey: "k",
            schedule: "TZ=Test/City 0 0 8 * * mon", dueTime: "1h", ttl: "2100-01-01T00:00:00Z",
            repeats: 7, failurePolicy: .constant(interval: 5_000_000_000, retriesMax: 3),
            anchor: at(3_600), firstDue: at(3_600), expiry: at(1_000_000_000),
            payload: PayloadSummary(count: 5, sha256: Array(0..<32)), caller: caller)
        let created = SequenceNumber(5)
        let triggered = SequenceNumber(8)
        return [
            opening(true), .zoneRules(zones[0]), .receiverPresent(presence),
            .concurrencyLimited(
                ConcurrencyLimit(
                    route: reminder.route, concurrencyKey: "k", inFlightMax: 3)),
            .created(plain), .created(full), .frontier,
            .triggered(
                Trigger(
                    generation: created, previous: created, tick: 1, due: at(60), attempt: 1,
                    cause: .schedule, receiver: ReceiverID(9), heldBy: nil)),
            .acknowledged(
                Acknowledgement(
                    generation: created, previous: triggered, trigger: TriggerID(triggered),
                    outcome: .succeeded, code: 200, next: .init(tick: 2, at: at(120)))),
            .triggered(
                Trigger(
                    generation: created, previous: SequenceNumber(9), tick: 2, due: at(120),
                    attempt: 1, cause: .schedule, receiver: ReceiverID(9), heldBy: .windowFull)),
            .updated(plain, previous: SequenceNumber(10)),
            .deleted(
                Deletion(
                    generation: SequenceNumber(11), previous: SequenceNumber(11),
                    reason: .requested(caller))),
            .receiverAbsent(presence), .clockMoved(from: at(130), to: at(10)),
            .clockHeld(wall: at(9_999)),
            .clockReleased(.returned),
            .forgotten(
                Forgotten(
                    through: SequenceNumber(1), digest: [UInt8](repeating: 1, count: 32),
                    baseDigest: [UInt8](repeating: 2, count: 32))), .closed,
            opening(true),
            .deletedByPrefix(
                PrefixDeletion(keyPrefix: Array("rdefault\0".utf8), count: 1, caller: caller)),
        ]
    }()

    private static let records = events.enumerated().map { index, event in
        Record(
            sequence: SequenceNumber(UInt64(index + 1)), time: at(Int64(index)), event: event)
    }

    private static let history: [[UInt8]] = records.map { record in
        var bytes: [UInt8] = []
        EventCodec.encode(record, into: &bytes)
        return bytes
    }

    /// While jobs live and a trigger is on its way.
    private static let projection: JobProjection = {
        var projection = JobProjection()
        // Safe because each can follow those before.
        for record in records.prefix(11) { try! projection.apply(record) }
        return projection
    }()
}

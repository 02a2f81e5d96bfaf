import DaprAPI
import DaprGRPC
import DaprProtos
import EventLog
import GRPC
import Jobs
import Scheduler
import SwiftProtobuf
import Testing

@Suite("Jobs in the scheduler service's messages")
struct SchedulerMessageTests {
    private static func metadata(
        _ namespace: String = "ns", _ appID: String = "shop", actor: (String, String)? = nil
    ) -> JobMetadata {
        .with {
            $0.namespace = namespace
            $0.appID = appID
            if let (type, id) = actor {
                $0.target.actor = .with {
                    $0.type = type
                    $0.id = id
                }
            } else {
                $0.target.job = .init()
            }
        }
    }

    private static func definition(_ id: JobID, appID: String?, key: String?) -> Definition {
        Definition(
            id: id, submittedAppID: appID, concurrencyKey: key, schedule: "@daily", dueTime: nil,
            ttl: "1h", repeats: 3, failurePolicy: .drop, anchor: Timestamp(nanoseconds: 1),
            firstDue: nil, expiry: nil, payload: nil,
            caller: Caller(api: .scheduler, appID: "shop", peer: "ipv4:127.0.0.1:1"))
    }

    private func refusal(_ body: () throws -> Void) -> GRPCStatus? {
        #expect(throws: GRPCStatus.self) { try body() }
    }

    @Test("metadata and a name are an identity, and the metadata comes back as it was")
    func identities() throws {
        let table: [(JobMetadata, Target)] = [
            (Self.metadata(), .app("shop")),
            (Self.metadata(actor: ("cart", "7")), .actor(type: "cart", id: "7")),
            (Self.metadata(actor: ("cart", "a||b")), .actor(type: "cart", id: "a||b")),
        ]
        for (metadata, target) in table {
            let id = try metadata.jobID(named: "a||b")
            #expect(id == (try JobID(namespace: "ns", target: target, name: "a||b")))
            var appID: String?
            if case .actor = target { appID = "shop" }
            let definition = Self.definition(id, appID: appID, key: nil)
            #expect(JobMetadata(definition) == metadata)
        }
    }

    @Test("names with the separator of Dapr's keys are kept apart from those of other parts")
    func separators() throws {
        let one = try Self.metadata(actor: ("cart", "7||8")).jobID(named: "n")
        let other = try Self.metadata(actor: ("cart", "7")).jobID(named: "8||n")
        #expect(one != other)
        let all = try Self.metadata(actor: ("cart", "7")).prefix(byPrefix: false)
        #expect(!all.contains(one) && all.contains(other))
    }

    @Test(
        "whose it is must be said",
        arguments: [
            metadata("", "shop"), metadata("ns", ""), metadata("", "", actor: ("cart", "7")),
            JobMetadata(),
        ])
    func nobodys(metadata: JobMetadata) {
        for refusal in [
            refusal { _ = try metadata.jobID(named: "a") },
            refusal { _ = try metadata.prefix(byPrefix: true) },
        ] {
            #expect(refusal?.code == .invalidArgument)
            #expect(refusal?.message == "missing namespace or appID in request")
        }
    }

    @Test("a job is an app's or an actor's, and of none refused")
    func unknownTarget() {
        let metadata = JobMetadata.with {
            $0.namespace = "ns"
            $0.appID = "shop"
        }
        let refusal = refusal { _ = try metadata.jobID(named: "a") }
        #expect(refusal?.code == .invalidArgument)
        #expect(refusal?.message == "unknown job type: none is set")
    }

    @Test("what is refused is named with its reason")
    func refusedName() {
        let refusal = refusal { _ = try Self.metadata().jobID(named: "a/b") }
        #expect(refusal?.code == .invalidArgument)
        #expect(
            refusal?.message == "job failed validation: name: must not contain \"/\"")
    }

    @Test("all jobs of an app, or those whose names begin alike")
    func appPrefixes() throws {
        let job = try Self.metadata().jobID(named: "report||1")
        let other = try Self.metadata("ns", "shopping").jobID(named: "report||1")
        #expect(try Self.metadata().prefix(byPrefix: false).contains(job))
        #expect(try !Self.metadata().prefix(byPrefix: false).contains(other))
        let byName = try Self.metadata().prefix(byPrefix: false, name: "report||")
        #expect(byName.contains(job))
        #expect(try !byName.contains(Self.metadata().jobID(named: "report|1")))
        let byAppID = try Self.metadata().prefix(byPrefix: true)
        #expect(byAppID.contains(job) && byAppID.contains(other))
    }

    @Test("all reminders of an actor, of a type, or of actors whose ids begin alike")
    func actorPrefixes() throws {
        func id(_ type: String, _ id: String, _ name: String = "r") throws -> JobID {
            try Self.metadata(actor: (type, id)).jobID(named: name)
        }
        func prefix(_ id: String, byPrefix: Bool, name: String = "") throws -> JobPrefix {
            try Self.metadata(actor: ("cart", id)).prefix(byPrefix: byPrefix, name: name)
        }
        let one = try prefix("7", byPrefix: false)
        #expect(try one.contains(id("cart", "7")) && !one.contains(id("cart", "77")))
        let alike = try prefix("7", byPrefix: true)
        #expect(try alike.contains(id("cart", "77")) && !alike.contains(id("cart", "8")))
        for all in [try prefix("", byPrefix: false), try prefix("", byPrefix: true)] {
            #expect(try all.contains(id("cart", "8")) && !all.contains(id("carts", "8")))
        }
        let named = try prefix("7", byPrefix: false, name: "re")
        #expect(try named.contains(id("cart", "7", "remind")))
        #expect(try !named.contains(id("cart", "7", "other")))
        let refusal = refusal { _ = try prefix("", byPrefix: false, name: "re") }
        #expect(
            refusal?.message == "job failed validation: actor id: is empty; a name needs it")
    }

    @Test("a job is shown as it was submitted, and so is what it counts against")
    func shown() throws {
        let id = try Self.metadata().jobID(named: "a")
        let definition = Self.definition(id, appID: nil, key: "tenant")
        #expect(JobMetadata(definition).concurrencyKey == "tenant")
        let payload = Payload(typeURL: "t", value: [1, 2])
        let job = SchedulerJob(
            StoredJob(
                generation: SequenceNumber(rawValue: 1), definition: definition, payload: payload))
        #expect(job.schedule == "@daily" && job.hasSchedule && !job.hasDueTime)
        #expect(job.ttl == "1h" && job.repeats == 3)
        #expect(Payload(job.data) == payload)
        #expect(job.failurePolicy.policy == .drop(.init()))
    }
}

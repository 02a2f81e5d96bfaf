import APISupport
import DaprAPI
import DaprHTTP
import EventLog
import HTTPTypes
import Jobs
import Scheduler
import SwiftProtobuf
import Testing

private let app = "/v1/namespaces/default/apps/shop/jobs"
private let actor = "/v1/namespaces/default/actors/cart/17/reminders"

@Suite("A job of any app")
struct OperatorJobTests {
    @Test("is scheduled, shown, told of and deleted, an app's and an actor's alike")
    func life() async throws {
        try await Place().withOperator { client, _ in
            for jobs in [app, actor] {
                for name in ["a", "my%7C%7Cjob", "caf%C3%A9", "history", "jobs", "a+b"] {
                    let path = "\(jobs)/\(name)"
                    #expect(await client.get(path).summary == "404 DAPR_SCHEDULER_GET_JOB")
                    #expect(await client.post(path, #"{"dueTime":"1h"}"#).summary == "204")
                    #expect(await client.get(path).status == .ok)
                    let history = await client.get("\(path)/history")
                    #expect(history.text.contains(#""callerAPI":"operator""#))
                    #expect(history.text.contains(#""callerPeer":"uid 1, pid 2""#))
                    #expect(await client.delete(path).summary == "204")
                    #expect(await client.get(path).status == .notFound)
                }
            }
        }
    }

    @Test("is replaced only if that is said")
    func overwriting() async throws {
        try await Place().withOperator { client, _ in
            let body = #"{"dueTime":"1h"}"#
            #expect(await client.post("\(app)/a", body).summary == "204")
            for query in ["", "?overwrite=false"] {
                let refused = await client.post("\(app)/a\(query)", body)
                #expect(refused.summary == "409 DAPR_SCHEDULER_SCHEDULE_JOB")
            }
            #expect(await client.post("\(app)/a?overwrite=true", body).summary == "204")
            #expect(await client.post("\(app)/a?overwrite=1", body).status == .badRequest)
        }
    }

    @Test("is shown so that the same JSON makes the same job again")
    func roundTrip() async throws {
        let bodies = [
            #"{"dueTime":"2100-01-01T00:00:00Z","failurePolicy":{"drop":{}}}"#,
            #"{"schedule":"TZ=Europe/Berlin 0 30 6 * * *","repeats":7,"#
                + #""ttl":"2100-01-01T00:00:00Z"}"#,
            #"{"schedule":"@every 1h","dueTime":"36h","concurrencyKey":"k","#
                + #""failurePolicy":{"constant":{"interval":"1.5s","maxRetries":9}},"#
                + #""data":{"@type":"type.googleapis.com/google.protobuf.Value","#
                + #""value":{"b":[1,-0,1e300,"é\u0000"],"a":null}}}"#,
            #"{"dueTime":"1h","data":{"@type":"some/type","base64":"AAH/"}}"#,
        ]
        try await Place().withOperator { client, _ in
            for (number, body) in bodies.enumerated() {
                for jobs in [app, actor] {
                    let path = "\(jobs)/job%20\(number)"
                    #expect(await client.post(path, body).summary == "204")
                    let shown = await client.get(path)
                    #expect(await client.delete(path).summary == "204")
                    #expect(await client.post(path, shown.text).summary == "204")
                    let again = try await client.get(path).json.withoutStatus
                    #expect(try shown.json.withoutStatus == again)
                }
            }
        }
    }

    @Test("must agree with its path, and an app's has no app that registered it")
    func disagreeing() async throws {
        try await Place().withOperator { client, _ in
            for (path, member, reason) in [
                ("\(app)/a", #""name":"b""#, "name: is not the one in the path"),
                ("\(app)/a", #""app":"other""#, "app: is not the one in the path"),
                ("\(app)/a", #""namespace":"test""#, "namespace: is not the one in the path"),
                ("\(actor)/a", #""actorID":"18""#, "actorID: is not the one in the path"),
                ("\(app)/a", #""submittedAppID":"x""#, "submittedAppID: is for reminders only"),
                ("\(actor)/a", #""submittedAppID":1"#, "submittedAppID: must be a string"),
                ("\(app)/a", #""data":1"#, "data: must have"),
                ("\(app)/a", #""data":{"@type":"t","value":1}"#, "must be in base64"),
                ("\(app)/a", #""data":{"@type":"t","base64":"x"}"#, "no valid \"base64\""),
                ("\(app)/a", #""repeats":0"#, "repeats: "),
            ] {
                let refused = await client.post(path, "{\"schedule\":\"@daily\",\(member)}")
                #expect(refused.status == .badRequest)
                #expect(refused.field("message")?.contains(reason) == true, "\(refused.text)")
                #expect(await client.get(path).status == .notFound)
            }
        }
    }
}

@Suite("Data that is shown exactly")
struct OperatorPayloadTests {
    /// Schedules a job whose payload is as given, as a sidecar can, and moves it.
    private func moved(_ payload: Payload) async throws -> (shown: WireResponse, Payload?) {
        let place = try Place()
        var result: (WireResponse, Payload?)?
        try await place.withOperator { client, scheduler in
            let id = try JobID(namespace: "default", target: .app("shop"), name: "a")
            let caller = Caller(api: .scheduler, appID: "shop", peer: "")
            let request = JobRequest(id: id, dueTime: "1h", payload: payload, caller: caller)
            try await scheduler.schedule(JobPlan(request, zones: FixedZones()))
            let shown = await client.get("\(app)/a")
            #expect(await client.post("\(app)/a?overwrite=true", shown.text).summary == "204")
            result = (shown, try await scheduler.get(id).job.payload)
        }
        return try #require(result)
    }

    /// An array in an array, and so on.
    private func nested(_ levels: Int) -> JSONValue {
        (0..<levels).reduce(.null) { value, _ in .array([value]) }
    }

    @Test("comes back as the same bytes, whatever they are")
    func bytes() async throws {
        let type = WirePayload.valueType
        let plain = WirePayload.payload(of: .string("x"))
        let notANumber = Google_Protobuf_Value.with { $0.numberValue = .nan }
        for (payload, isReadable) in [
            (plain, true),
            (WirePayload.payload(of: nested(99)), true),
            (WirePayload.payload(of: nested(100)), false),
            (Payload(typeURL: type, value: try notANumber.serializedBytes()), false),
            (Payload(typeURL: "other/google.protobuf.Value", value: plain.value), false),
            // An unknown field.
            (Payload(typeURL: type, value: plain.value + [0x78, 1]), false),
            (Payload(typeURL: type, value: []), false),
            (Payload(typeURL: type, value: [0xFF]), false),
            (Payload(typeURL: "", value: []), false),
        ] {
            let (shown, moved) = try await moved(payload)
            #expect(moved == payload)
            #expect(shown.text.contains(#""base64":"#) != isReadable, "\(shown.text)")
        }
    }
}

extension Google_Protobuf_Struct {
    fileprivate var withoutStatus: Google_Protobuf_Struct {
        var copy = self
        copy.fields["status"] = nil
        return copy
    }
}

import APISupport
import Jobs
import Scheduler
import SchedulerCore
import Testing

@Suite("A job as a GET shows it")
struct ShownJobTests {
    @Test("a GET shows a payload of an unknown type as base64, and every policy as it was given")
    func get() async throws {
        let policies: [(FailurePolicy?, String)] = [
            (nil, #"{"constant":{"interval":"1s","maxRetries":3}}"#),
            (.drop, #"{"drop":{}}"#),
            (.constant(interval: nil, retriesMax: nil), #"{"constant":{}}"#),
            (
                .constant(interval: 1_500_000_000, retriesMax: 0),
                #"{"constant":{"interval":"1.500s","maxRetries":0}}"#
            ),
            (
                .constant(interval: 1, retriesMax: 2),
                #"{"constant":{"interval":"0.000000001s","maxRetries":2}}"#
            ),
        ]
        let place = try Place()
        let scheduler = try await place.startScheduler()
        let api = API(endpoint: place.endpoint(scheduler))
        for (policy, json) in policies {
            let request = JobRequest(
                id: try JobID(namespace: "default", target: .app("shop"), name: "a"),
                schedule: "@every 1h", repeats: 7, failurePolicy: policy,
                payload: Payload(typeURL: "x/some.Type", value: [0, 1, 2]), overwrite: .replace,
                caller: Caller(api: .grpc, appID: "shop", peer: "test"))
            try await scheduler.schedule(try JobPlan(request, zones: FixedZones()))
            let data = #"{"@type":"x/some.Type","value":"AAEC"}"#
            let expected =
                #"{"name":"a","schedule":"@every 1h","repeats":7,"data":\#(data),"#
                + #""failurePolicy":\#(json),"status":{"generation":"#
            let text = await api.get("/v1.0/jobs/a").text
            #expect(text.hasPrefix(expected), "\(text)")
        }
        scheduler.stop()
        try await scheduler.run()
    }
}

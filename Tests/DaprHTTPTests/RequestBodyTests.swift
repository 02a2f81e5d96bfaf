import APISupport
import DaprHTTP
import HTTPTypes
import Jobs
import Testing

private let malformed = "400 ERR_MALFORMED_REQUEST"
private let invalid = "400 DAPR_SCHEDULER_SCHEDULE_JOB"
private let empty = "400 DAPR_SCHEDULER_SCHEDULE_EMPTY"

@Suite("The body of a POST")
struct RequestBodyTests {
    @Test(
        "every form of body has one answer",
        arguments: [
            ("", empty), ("{}", empty), (" {} ", empty), ("null", malformed), ("[]", malformed),
            ("[{}]", malformed), ("3", malformed), ("{", malformed), ("{}x", malformed),
            (#"{"dueTime":"1h""#, malformed), (#"{"dueTime":"1h",}"#, malformed),
            (#"{"dueTime":1}"#, malformed), (#"{dueTime:"1h"}"#, malformed),
            (#"{"dueTime":"1h"}"#, "204"), (#"{"due_time":"1h"}"#, "204"),
            (#"{"due_time":"1h","dueTime":"1h"}"#, malformed),
            (#"{"dueTime":"1h","dueTime":"1h"}"#, malformed),
            (#"{"dueTime":"1h","due\u0054ime":"1h"}"#, malformed),
            (#"{"dueTime":null}"#, empty), (#"{"dueTime":"1h","ttl":null}"#, "204"),
            (#"{"dueTime":"1h","DueTime":3}"#, "204"),
            (#"{"dueTime":"1h","unknown":{"a":[1,{"b":2}]}}"#, "204"),
            (#"{"dueTime":"1h","unknown":{"a":1,"a":2}}"#, malformed),
            (#"{"dueTime":"1h","name":""}"#, "204"),
            (#"{"dueTime":"1h","name":"x"}"#, "400 DAPR_SCHEDULER_JOB_NAME"),
            (#"{"dueTime":""}"#, invalid), (#"{"schedule":""}"#, invalid),
            (#"{"schedule":"@every 1h","repeats":3}"#, "204"),
            (#"{"schedule":"@every 1h","repeats":"3"}"#, "204"),
            (#"{"schedule":"@every 1h","repeats":4294967295}"#, "204"),
            (#"{"schedule":"@every 1h","repeats":4294967296}"#, malformed),
            (#"{"schedule":"@every 1h","repeats":0}"#, invalid),
            (#"{"schedule":"@every 1h","repeats":-1}"#, malformed),
            (#"{"schedule":"@every 1h","repeats":1.5}"#, malformed),
            (#"{"schedule":"@every 1h","repeats":"many"}"#, malformed),
            (#"{"schedule":"@every 1h","repeats":null}"#, "204"),
            (#"{"dueTime":"1h","overwrite":"yes"}"#, malformed),
            (#"{"dueTime":"1h","failurePolicy":{}}"#, "204"),
            (#"{"dueTime":"1h","failurePolicy":{"drop":{}}}"#, "204"),
            (#"{"dueTime":"1h","failure_policy":{"constant":{"max_retries":0}}}"#, "204"),
            (#"{"dueTime":"1h","failurePolicy":{"constant":{"interval":"1.5s"}}}"#, "204"),
            (#"{"dueTime":"1h","failurePolicy":{"constant":{"interval":"1m"}}}"#, malformed),
            (#"{"dueTime":"1h","failurePolicy":{"constant":{"interval":"-1s"}}}"#, invalid),
            (
                #"{"dueTime":"1h","failurePolicy":{"constant":{"interval":"300000000000s"}}}"#,
                invalid
            ),
            (#"{"dueTime":"1h","failurePolicy":{"constant":{"maxRetries":-1}}}"#, malformed),
            (#"{"dueTime":"1h","failurePolicy":{"drop":{},"constant":{}}}"#, malformed),
            (#"{"dueTime":"1h","data":NaN}"#, malformed),
            (#"{"dueTime":"1h","data":Infinity}"#, malformed),
            (#"{"dueTime":"1h","data":1e999}"#, malformed),
            (#"{"dueTime":"1h","data":"NaN"}"#, "204"),
            (#"{"dueTime":"1h","data":{"a":1,"a":2}}"#, malformed),
            ("{\"dueTime\":\"1h\",\"data\":{\"e\u{301}\":1,\"\u{E9}\":2}}", "204"),
            (#"{"dueTime":"1h","data":"\ud800"}"#, malformed),
            (#"{"dueTime":"1h","data":"\ud83d\ude00"}"#, "204"),
            (#"{"dueTime":"1h","data":}"#, malformed),
        ])
    func table(body: String, answer: String) async throws {
        try await Place().withAPI { api in
            let response = await api.post("/v1.0/jobs/a", body)
            #expect(response.summary == answer, "\(response.text)")
        }
    }

    @Test("a refusal names the field and the reason")
    func reasons() async throws {
        try await Place().withAPI { api in
            let prefix =
                "failed to schedule job due to: rpc error: code = InvalidArgument desc = "
                + "job failed validation: "
            let ttl = await api.post("/v1.0/jobs/a", #"{"dueTime":"1h","ttl":"2h"}"#)
            #expect(
                ttl.field("message") == prefix + "ttl: job must have a schedule to have a ttl")
            let interval = await api.post(
                "/v1.0/jobs/a",
                #"{"dueTime":"1h","failurePolicy":{"constant":{"interval":"-1s"}}}"#)
            #expect(
                interval.field("message") == prefix
                    + "failurePolicy.constant.interval: must not be negative")
        }
    }

    @Test("an error says who was asked, in ErrorInfo; a name in the body only which app")
    func details() async throws {
        try await Place().withAPI { api in
            let missing = await api.get("/v1.0/jobs/nope")
            #expect(
                missing.text
                    == #"{"errorCode":"DAPR_SCHEDULER_GET_JOB","message":"failed to get job due "#
                    + #"to: rpc error: code = NotFound desc = job not found: nope","details":[{"#
                    + #""@type":"type.googleapis.com/google.rpc.ErrorInfo","#
                    + #""reason":"DAPR_SCHEDULER_GET_JOB","domain":"dapr.io","#
                    + #""metadata":{"appID":"shop","namespace":"default"}}]}"#
            )
            let named = await api.post("/v1.0/jobs/a", #"{"name":"x"}"#)
            #expect(named.text.hasSuffix(#""metadata":{"appID":"shop"}}]}"#))
            let malformed = await api.post("/v1.0/jobs/a", "{")
            #expect(!malformed.text.contains("details"))
        }
    }

    @Test("bytes that are not UTF-8 are refused")
    func notUTF8() async throws {
        try await Place().withAPI { api in
            let body = Array(#"{"dueTime":"1h","data":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
            #expect(await api.send(.post, "/v1.0/jobs/a", body).summary == malformed)
        }
    }

    @Test("a body nests as deep as the limit and no deeper, in data and in unknown fields")
    func depth() async throws {
        try await Place().withAPI { api in
            // The body itself is one level.
            for (count, answer) in [(99, "204"), (100, malformed), (100_000, malformed)] {
                for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
                    let value =
                        String(repeating: open, count: count) + "1"
                        + String(repeating: close, count: count)
                    for field in ["data", "unknown"] {
                        let body = #"{"dueTime":"1h","overwrite":true,"\#(field)":\#(value)}"#
                        let response = await api.post("/v1.0/jobs/a", body)
                        #expect(response.summary == answer, "\(count) of \(open) in \(field)")
                    }
                }
            }
            #expect(await api.get("/v1.0/jobs/a").summary == "200")
        }
    }

    @Test("what overwriting means depends on the route and on what is said")
    func overwriting() async throws {
        let refused = "409 DAPR_SCHEDULER_SCHEDULE_JOB"
        let table: [(version: String, overwrite: String, answer: String, generations: Int)] = [
            ("v1.0", "", refused, 1), ("v1.0", #","overwrite":false"#, refused, 1),
            ("v1.0", #","overwrite":null"#, refused, 1), ("v1.0", #","overwrite":true"#, "204", 2),
            ("v1.0-alpha1", "", "204", 2), ("v1.0-alpha1", #","overwrite":false"#, refused, 1),
            ("v1.0-alpha1", #","overwrite":true"#, "204", 2),
        ]
        for row in table {
            let place = try Place()
            try await place.withAPI { api in
                #expect(await api.post("/v1.0/jobs/a", #"{"dueTime":"1h"}"#).summary == "204")
                let again = await api.post(
                    "/\(row.version)/jobs/a", #"{"dueTime":"2h"\#(row.overwrite)}"#)
                #expect(again.summary == row.answer, "\(row)")
            }
            let generations = try place.events().count { event in
                if case .created = event { return true }
                if case .updated = event { return true }
                return false
            }
            #expect(generations == row.generations, "\(row)")
        }
    }

    @Test("the older route takes an identical definition without recording anything")
    func identical() async throws {
        let place = try Place()
        try await place.withAPI { api in
            for data in [#"{"a":1,"b":[2,3]}"#, #"{ "b" : [2.0, 3e0], "a" : 1 }"#] {
                let body = #"{"schedule":"@every 1h","data":\#(data)}"#
                #expect(await api.post("/v1.0-alpha1/jobs/a", body).summary == "204")
            }
        }
        // On a slow machine the writer may record that it was idle.
        let events = try place.events().filter { $0 != .frontier }
        #expect(events.count == 3, "opened, created, closed")
    }
}

import Apps
import SchedulerCore
import Testing

@Suite("What an app's answer means")
struct OutcomeTests {
    @Test(
        "status and body decide",
        arguments: [
            (200, "", Answer.Outcome.succeeded), (204, "", .succeeded), (299, "", .succeeded),
            (404, "", .succeeded), (404, #"{"status":"RETRY"}"#, .succeeded),
            (100, "", .failed), (301, "", .failed), (304, "", .failed), (400, "", .failed),
            (403, "", .failed), (500, "", .failed), (500, #"{"status":"DROPPED"}"#, .failed),
            (200, #"{"status":"SUCCESS"}"#, .succeeded), (200, #"{"status":"RETRY"}"#, .failed),
            (202, " \n{ \"x\": [1], \"status\": \"RETRY\" }", .failed),
            (200, #"{"status":"DROPPED"}"#, .dropped), (200, #"{"status":"DROP"}"#, .dropped),
            (200, #"{"status":"retry"}"#, .succeeded), (200, #"{"status":"Retry"}"#, .succeeded),
            (200, #"{"Status":"RETRY"}"#, .succeeded), (200, #"{"status":1}"#, .succeeded),
            (200, #"{"status":["RETRY"]}"#, .succeeded), (200, #""RETRY""#, .succeeded),
            (200, #"[{"status":"RETRY"}]"#, .succeeded), (200, "RETRY", .succeeded),
            (200, #"{"status":"RETRY""#, .succeeded),
            (200, #"{"status":"SUCCESS","status":"RETRY"}"#, .succeeded),
            (200, String(repeating: #"{"a":"#, count: 10_000), .succeeded),
        ])
    func table(status: Int, body: String, outcome: Answer.Outcome) {
        #expect(WireAnswer.outcome(status: status, body: Array(body.utf8)) == outcome)
    }

    @Test("a body too long to be looked at says nothing")
    func tooLong() {
        #expect(WireAnswer.outcome(status: 200, body: nil) == .succeeded)
        #expect(WireAnswer.outcome(status: 500, body: nil) == .failed)
    }

    @Test("only a request that never left is undeliverable")
    func calls() {
        #expect(AppCallResult.neverSent(reason: "refused").answer == (.undeliverable, 0))
        #expect(AppCallResult.broken(reason: "reset").answer == (.broken, 0))
        #expect(AppCallResult.drained(reason: "going away").answer == (.drained, 0))
        #expect(AppCallResult.answered(AppAnswer(status: 503, body: [])).answer == (.failed, 503))
    }
}

import DaprAPI
import HTTPTypes
import Testing

@Suite("Tokens")
struct TokenTests {
    private let access = APIAccess(tokens: ["secret", "older"])

    @Test(
        "one header with one of the tokens lets in, nothing else does",
        arguments: [
            (["secret"], true), (["older"], true), ([], false), ([""], false), (["Secret"], false),
            (["secre"], false), (["secrets"], false), (["secretsecret"], false),
            (["secret "], false), (["secret,older"], false), (["secret", "secret"], false),
            (["wrong", "secret"], false), (["secret", ""], false), (["Bearer secret"], false),
        ])
    func presented(values: [String], isAdmitted: Bool) {
        for method in [HTTPRequest.Method.get, .post, .delete, .put, .head, .options] {
            #expect(
                access.admits(method, path: "/v1.0/jobs/a", presented: values) == isAdmitted)
        }
    }

    @Test(
        "without a token only the two paths of health are open, by GET, to the byte",
        arguments: [
            ("/v1.0/healthz", true), ("/v1.0/healthz/outbound", true), ("", false), ("/", false),
            ("*", false), ("/v1.0/healthz/", false), ("/v1.0/healthz?", false),
            ("/v1.0/healthz?a=b", false), ("/v1.0/healthz#a", false), ("/v1.0/healthz;a=b", false),
            ("/v1.0/healthz/../jobs/a", false), ("/v1.0/./healthz", false),
            ("//v1.0/healthz", false), ("/v1.0//healthz", false), ("/v1.0/health%7A", false),
            ("/v1%2e0/healthz", false), ("/%761.0/healthz", false), ("/v1.0/healthz%00", false),
            ("/v1.0/healthz%2Foutbound", false), ("/v1.0/healthz/outbound/", false),
            ("/v1.0/healthz/outbound?x", false), ("/v1.0/Healthz", false),
            ("/V1.0/healthz", false), ("/v1.0-alpha1/healthz", false),
            ("http://127.0.0.1/v1.0/healthz", false), ("/v1.0/jobs/../healthz", false),
            ("/v1.0/jobs/healthz", false), (" /v1.0/healthz", false), ("/v1.0/healthz ", false),
            ("/v1.0/metadata", false), ("/v1.0/jobs", false),
        ])
    func health(path: String, isOpen: Bool) {
        #expect(access.admits(.get, path: path, presented: []) == isOpen)
        #expect(!access.admits(.head, path: path, presented: []))
        #expect(!access.admits(.post, path: path, presented: ["wrong"]))
        #expect(access.admits(.get, path: path, presented: ["secret"]))
    }

    @Test("without any token configured everybody may ask; an empty one is none")
    func open() {
        for access in [APIAccess(), APIAccess(tokens: [""])] {
            #expect(access.admits(.post, path: "/v1.0/jobs/a", presented: []))
            #expect(access.admits(.post, path: "/v1.0/jobs/a", presented: ["any", "thing"]))
        }
    }

    @Test("replaced tokens hold from the next request on")
    func replaced() {
        access.replace(with: ["newer", "secret"])
        let answers = ["newer", "secret", "older"].map {
            access.admits(.get, path: "/v1.0/jobs/a", presented: [$0])
        }
        #expect(answers == [true, true, false])
    }
}

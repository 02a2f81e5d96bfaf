// Recorded requests to a Dapr sidecar with the resulting answers and calls. Daybook's must be the
// same, except for the differences listed here.

import APISupport
import DaprAPI
import DaprHTTP
import Foundation
import HTTPTypes
import SwiftProtobuf
import Testing

struct Recording: CustomTestStringConvertible, Sendable {
    let name: String
    let path: String
    let request: String
    let post: Google_Protobuf_Struct
    let get: Google_Protobuf_Struct?
    let call: Google_Protobuf_Struct?

    var testDescription: String { name }

    static let all: [Recording] = {
        guard
            let url = Bundle.module.url(
                forResource: "dapr-recorded", withExtension: "jsonl", subdirectory: "Fixtures"),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").compactMap { line in
            guard let row = try? Google_Protobuf_Struct(jsonString: String(line)).fields,
                let post = row["post"]?.structValue
            else { return nil }
            return Recording(
                name: row["case"]?.stringValue ?? "", path: row["path"]?.stringValue ?? "",
                request: row["request"]?.stringValue ?? "", post: post,
                get: row["get"]?.structValue, call: row["call"]?.structValue)
        }
    }()
}

@Suite("Answers as recorded from Dapr")
struct RecordedAnswerTests {
    /// Rejected for the same reason in other words.
    static let reworded: Set = ["name a/b"]

    @Test("all recordings are there")
    func count() { #expect(Recording.all.count == 60) }

    @Test(
        "a POST is answered as recorded, but a caller's mistake with 400", arguments: Recording.all)
    func post(recording: Recording) async throws {
        try await Place().withAPI { api in
            let response = await api.post(recording.path, recording.request)
            let status = Int(recording.post.fields["status"]?.numberValue ?? 0)
            let body = recording.post.fields["body"]?.structValue ?? Google_Protobuf_Struct()
            #expect(response.status.code == (status == 500 ? 400 : status))
            #expect(response.field("errorCode") == body.fields["errorCode"]?.stringValue)
            let details = try response.json.fields["details"]
            #expect(details == body.fields["details"])
            expectSameMessage(
                response.field("message") ?? "", body.fields["message"]?.stringValue ?? "",
                recording)
        }
    }

    /// Dapr says what is wrong; Daybook also names the field, and may add what would be valid.
    /// Texts of the JSON readers differ.
    private func expectSameMessage(
        _ ours: String, _ theirs: String, _ recording: Recording
    ) {
        if theirs.contains("failed deserializing HTTP body") {
            #expect(ours.hasPrefix("failed deserializing HTTP body: proto: "))
        } else if let reason = theirs.firstRange(of: "job failed validation: ") {
            let isSame = ours.contains(": " + theirs[reason.upperBound...])
            #expect(isSame || RecordedAnswerTests.reworded.contains(recording.name), "\(ours)")
            #expect(ours.contains("code = InvalidArgument desc = job failed validation: "))
        } else if !RecordedAnswerTests.reworded.contains(recording.name) {
            #expect(ours == theirs)
        }
    }

    @Test(
        "a GET is answered as recorded, but with 404 where nothing is",
        arguments: Recording.all.filter { $0.get != nil })
    func get(recording: Recording) async throws {
        try await Place().withAPI { api in
            _ = await api.post(recording.path, recording.request)
            switch recording.name {
            case "missing and deleted":
                #expect(await api.delete(recording.path).summary == "204")
                #expect(await api.delete(recording.path).summary == "204")
            case "exists already":
                let same = await api.post(recording.path, recording.request)
                #expect(same.field("message")?.hasSuffix("'app||default||shop||dup'") == true)
                let other = #"{"dueTime":"4h","overwrite":true}"#
                #expect(await api.post(recording.path, other).summary == "204")
            default: break
            }
            let response = await api.get(recording.path)
            let code = Int(recording.get?.fields["status"]?.numberValue ?? 0)
            #expect(response.status.code == (code == 500 ? 404 : code))
            var json = try response.json
            // Dapr does not show a job's status.
            let status = json.fields.removeValue(forKey: "status")
            #expect((status != nil) == (code == 200))
            // A missing job is also reported in the same words.
            #expect(json == recording.get?.fields["body"]?.structValue)
        }
    }

    @Test(
        "the app is sent the recorded body", arguments: Recording.all.filter { $0.call != nil })
    func call(recording: Recording) async throws {
        let request = try WireJSON.value(of: Array(recording.request.utf8))
        let payload = request["data"].map(WirePayload.payload(of:))
        let body = WirePayload.triggerBody(of: payload) ?? []
        let recorded = recording.call?.fields["body"]?.stringValue
        #expect(String(decoding: body, as: UTF8.self) == recorded)
        let path = recording.path.split(separator: "/").last ?? ""
        let name = try WireRoute.name(unescaping: path)
        #expect("/job/\(URLText.escaped(name))" == recording.call?.fields["path"]?.stringValue)
    }
}

// The API as an OpenAPI 3.1 document, for people and for tools that generate clients or tests:
// `openapi.json`, which is compiled into the program. It is written by hand and compared with the
// running server by Tests/Clients/test_openapi.py.
//
// Formats of our own ("job-name", "schedule", "point-in-time", …) name grammars that no pattern can
// express; their schemas describe them in words.

import Jobs

enum OpenAPI {
    /// The placeholder in the file for the version of the software.
    private static let noVersion = #""0.0.0""#

    /// The parts of the file before and after the placeholder.
    private static let parts: (before: Substring, behind: Substring) = {
        let file = String(decoding: PackageResources.openapi_json, as: UTF8.self)
        guard let place = file.firstRange(of: noVersion) else {
            preconditionFailure("openapi.json has no version \(noVersion)")
        }
        return (file[..<place.lowerBound], file[place.upperBound...])
    }()

    /// The document, as JSON.
    static func document(softwareVersion: String) -> [UInt8] {
        let (before, behind) = parts
        return before.utf8 + Array(JSONString.quoted(softwareVersion).utf8) + behind.utf8
    }
}

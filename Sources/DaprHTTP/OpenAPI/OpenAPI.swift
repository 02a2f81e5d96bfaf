// The API as an OpenAPI 3.1 document, for people and for tools that generate clients or tests. It is
// written by hand and held against the running server by Tests/Clients/test_openapi.py.
//
// Formats of our own ("job-name", "schedule", "point-in-time", …) name grammars that no pattern
// says; their schemas describe them in words.

import DaprAPI

enum OpenAPI {
    /// The document, as JSON.
    static func document(softwareVersion: String) -> [UInt8] {
        let version = String(decoding: JSONText.string(softwareVersion).bytes, as: UTF8.self)
        let text = """
            {"openapi": "3.1.1",
            "info": {"title": "Daybook", "version": \(version), "description": \(about)},
            "servers": [{"url": "/"}],
            "security": [{}, {"token": []}],
            "paths": {
            \(OpenAPIPaths.job(.stable)),
            \(OpenAPIPaths.job(.alpha)),
            \(OpenAPIHistory.path(.stable)),
            \(OpenAPIHistory.path(.alpha)),
            \(OpenAPIPaths.jobs(.stable)),
            \(OpenAPIPaths.jobs(.alpha)),
            \(OpenAPIPaths.server)
            },
            "webhooks": \(OpenAPIPaths.calls),
            "components": {
            "securitySchemes": {"token": {"type": "apiKey", "in": "header",
                "name": "dapr-api-token",
                "description": "Asked for if the server was given tokens."}},
            "parameters": \(OpenAPIParts.parameters),
            "responses": \(OpenAPIParts.responses),
            "schemas": {
            \(OpenAPISchemas.requests),
            \(OpenAPISchemas.answers),
            \(OpenAPIHistory.schemas)
            }
            }}

            """
        return Array(text.utf8)
    }

    private static let about = #"""
        "Dapr's Jobs API over HTTP, with lists and deletes by prefix. An answer of success is \#
        given when its effect is on disk. A path or a method that is not described here is \#
        answered 404, or 405 with an Allow header, and an Error."
        """#
}

// What can be asked, and what an app is asked.

enum OpenAPIPaths {
    /// One job.
    static func job(_ version: WireRoute.Version) -> String {
        let (route, suffix, overwriting) = words(for: version)
        return """
            "/\(route)/jobs/{name}": {
            "parameters": [{"$ref": "#/components/parameters/name"}],
            "post": {
            "operationId": "scheduleJob\(suffix)",
            "summary": "Schedule a job",
            "description": "\(overwriting)",
            "parameters": [{"$ref": "#/components/parameters/nameToSchedule"}],
            "requestBody": {"required": true, "content": {"application/json": {"schema":
                {"$ref": "#/components/schemas/JobRequest"}}}},
            "responses": {
            "204": {"description": "The job is on disk.", "links": {
                \(link("show", "getJob\(suffix)")),
                \(link("history", "getJobHistory\(suffix)")),
                \(link("delete", "deleteJob\(suffix)"))}},
            \(errors(.badRequest, .conflict, .contentTooLarge)),
            \(refusals)
            }},
            "get": {
            "operationId": "getJob\(suffix)",
            "summary": "Show a job, and how far it has come",
            "responses": {
            "200": {"description": "The job.", "content": {"application/json": {"schema":
                {"$ref": "#/components/schemas/Job"}}}},
            \(errors(.badRequest, .notFound)),
            \(refusals)
            }},
            "delete": {
            "operationId": "deleteJob\(suffix)",
            "summary": "Delete a job",
            "responses": {
            "204": {"description": "There is no such job now, whether or not there was one.",
                "links": {\(link("show", "getJob\(suffix)"))}},
            \(errors(.badRequest)),
            \(refusals)
            }}}
            """
    }

    /// All jobs of the app, or many of them.
    static func jobs(_ version: WireRoute.Version) -> String {
        let (route, suffix, _) = words(for: version)
        return """
            "/\(route)/jobs": {
            "get": {
            "operationId": "listJobs\(suffix)",
            "summary": "List the app's jobs, a page at a time, in the order of their names' bytes",
            "description": "Jobs that come or go between two pages make no other appear twice or \
            not at all. An unknown or doubled parameter is refused.",
            "parameters": [
                {"$ref": "#/components/parameters/prefix"},
                {"$ref": "#/components/parameters/limit"},
                {"$ref": "#/components/parameters/cursor"}],
            "responses": {
            "200": {"description": "One page.", "content": {"application/json": {"schema":
                {"$ref": "#/components/schemas/Jobs"}}}, "links": {"next": {
                "operationId": "listJobs\(suffix)", "description": "The next page.",
                "parameters": {"cursor": "$response.body#/nextCursor",
                    "prefix": "$request.query.prefix"}}}},
            \(errors(.badRequest)),
            \(refusals)
            }},
            "delete": {
            "operationId": "deleteJobs\(suffix)",
            "summary": "Delete all jobs whose names begin with a prefix",
            "description": "At once: one record, whatever their number. The parameter must be \
            there; with nothing behind it, all jobs of the app are deleted. An unknown or doubled \
            parameter is refused.",
            "parameters": [{"$ref": "#/components/parameters/prefixToDelete"}],
            "responses": {
            "200": {"description": "None of them is there now.", "content": {"application/json":
                {"schema": {"$ref": "#/components/schemas/Deleted"}}}},
            \(errors(.badRequest)),
            \(refusals)
            }}}
            """
    }

    static func words(
        for version: WireRoute.Version
    ) -> (route: String, suffix: String, overwriting: String) {
        switch version {
        case .stable:
            (
                "v1.0", "",
                "A name that is taken is refused with 409, unless overwrite is true."
            )
        case .alpha:
            (
                "v1.0-alpha1", "Alpha1",
                """
                A job that has the name already is replaced, unless overwrite is false; a \
                definition that says the same, without times relative to now, changes nothing.
                """
            )
        }
    }

    static let server = """
        "/v1.0/healthz": {"get": {
        "operationId": "health",
        "security": [],
        "summary": "Whether the server takes requests, at all its ports",
        "responses": {"204": {"description": "It does."},
        \(errors(.notReady))}}},
        "/v1.0/healthz/outbound": {"get": {
        "operationId": "healthOutbound",
        "security": [],
        "summary": "The same",
        "responses": {"204": {"description": "It does."},
        \(errors(.notReady))}}},
        "/v1.0/metadata": {"get": {
        "operationId": "metadata",
        "summary": "What the server says of itself",
        "responses": {"200": {"description": "In the form of a Dapr sidecar.", "content":
            {"application/json": {"schema": {"$ref": "#/components/schemas/Metadata"}}}},
            \(errors(.unauthorized))}}},
        "/openapi.json": {"get": {
        "operationId": "openAPI",
        "summary": "This document",
        "responses": {"200": {"description": "It is JSON.", "content":
            {"application/json": {"schema": {"type": "object"}}}},
            \(errors(.unauthorized))}}}
        """

    /// What the app is called with.
    static let calls = """
        {"job": {"post": {
        "operationId": "runJob",
        "summary": "A tick of a job is due: POST /job/{name} to the app, the name escaped",
        "parameters": [
        \(header("Idempotency-Key", "The same for every attempt of a tick, for no other tick.")),
        \(header("Daybook-Due-Time", "What the schedule asked for, in UTC.")),
        \(header("Daybook-Attempt", "From 1 within the tick.")),
        \(header("Daybook-Cause", "schedule, retry or redelivery.")),
        \(header("Daybook-Trigger", "Grows with every call: a fencing token.")),
        \(header("traceparent", "W3C Trace Context.")),
        {"name": "dapr-api-token", "in": "header", "schema": {"type": "string"},
            "description": "The app's own token, if it has one."}],
        "requestBody": {"description": "The job's data; empty without.",
            "content": {"application/json": {"schema": {}}}},
        "responses": {
        "2XX": {"description": "Done, unless the body says otherwise.", "content":
            {"application/json": {"schema": {"$ref": "#/components/schemas/HandlerAnswer"}}}},
        "404": {"description": "Done: the app does not want this job."},
        "default": {"description": "Failed: the failure policy decides."}
        }}}}
        """

    private static func header(_ name: String, _ description: String) -> String {
        """
        {"name": "\(name)", "in": "header", "required": true, "schema": {"type": "string"},
            "description": "\(description)"}
        """
    }

    /// What can be asked next of the same job.
    private static func link(_ name: String, _ operation: String) -> String {
        """
        "\(name)": {"operationId": "\(operation)",
            "parameters": {"name": "$request.path.name"}}
        """
    }

    /// What any request of jobs can be told.
    private static let refusals = errors(
        .unauthorized, .stopping, .tooManyRequests, .unavailable, .outOfSpace)

    static func errors(_ errors: OpenAPIParts.Refusal...) -> String {
        errors.map { "\"\($0.status)\": {\"$ref\": \"#/components/responses/\($0)\"}" }
            .joined(separator: ",\n")
    }
}

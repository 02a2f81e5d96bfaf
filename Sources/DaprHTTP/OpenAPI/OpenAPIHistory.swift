// Of the history: what can be asked, and what an event says. EventText's Fields.md tells more of each
// field.

enum OpenAPIHistory {
    static func path(_ version: WireRoute.Version) -> String {
        let (route, suffix, _) = OpenAPIPaths.words(for: version)
        return """
            "/\(route)/jobs/{name}/history": {
            "parameters": [{"$ref": "#/components/parameters/name"}],
            "get": {
            "operationId": "getJobHistory\(suffix)",
            "summary": "What has become of a job, newest first, a part at a time",
            "description": "Of all jobs that ever had the name, also when none has it now. A part \
            may end before there are as many events as were asked for, or any: before says where \
            the next one begins. An unknown or doubled parameter is refused.",
            "parameters": [
                {"$ref": "#/components/parameters/eventLimit"},
                {"$ref": "#/components/parameters/before"}],
            "responses": {
            "200": {"description": "One part.", "content": {"application/json": {"schema":
                {"$ref": "#/components/schemas/History"}}}, "links": {"next": {
                "operationId": "getJobHistory\(suffix)", "description": "The next part.",
                "parameters": {"name": "$request.path.name",
                    "before": "$response.body#/before"}}}},
            \(OpenAPIPaths.errors(
                .badRequest, .unauthorized, .notFound, .stopping, .tooManyRequests, .unavailable))
            }}}
            """
    }

    static let schemas = #"""
        "History": {"type": "object", "required": ["history"], "properties": {
            "history": {"type": "array", "maxItems": 1000,
                "items": {"$ref": "#/components/schemas/Event"}},
            "before": {"type": "integer", "minimum": 1,
                "description": "Where the next part begins. Absent when all has been looked at."}},
            "additionalProperties": false},
        "Event": {"type": "object", "required": ["sequence", "time", "kind"],
            "description": "A record of the log. What it does not have is left out; new fields \#
        may come.", "properties": {
            "sequence": {"type": "integer", "minimum": 1,
                "description": "Its place in the log."},
            "time": {"type": "string", "format": "date-time"},
            "kind": {"enum": ["created", "updated", "rescheduled", "triggered", "acknowledged",
                "skipped", "deleted", "deletedByPrefix"]},
            "namespace": {"type": "string"}, "app": {"type": "string"},
            "name": {"type": "string"},
            "appPrefix": {"type": "string", "description": "Of deletedByPrefix: all jobs of apps \#
        whose ids begin so are gone."},
            "namePrefix": {"type": "string", "description": "Of deletedByPrefix: all jobs whose \#
        names begin so are gone, this one too if there was one."},
            "generation": {"type": "integer", "minimum": 1,
                "description": "The record by which the job was accepted."},
            "previous": {"type": "integer", "minimum": 1,
                "description": "The job's event before this one; of updated, the last of the job \#
        that was replaced."},
            "schedule": {"type": "string", "description": "As submitted, like the next two."},
            "dueTime": {"type": "string"}, "ttl": {"type": "string"},
            "repeats": {"type": "integer", "minimum": 1, "maximum": 4294967295},
            "failurePolicy": {"enum": ["drop", "constant"]},
            "retryIntervalNanoseconds": {"type": "integer", "minimum": 0},
            "retriesMax": {"type": "integer", "minimum": 0, "maximum": 4294967295},
            "anchor": {"type": "string", "format": "date-time"},
            "firstDue": {"type": "string", "format": "date-time"},
            "expiry": {"type": "string", "format": "date-time"},
            "payloadBytes": {"type": "integer", "minimum": 0},
            "payloadSHA256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "tick": {"type": "integer", "minimum": 0},
            "due": {"type": "string", "format": "date-time"},
            "attempt": {"type": "integer", "minimum": 1},
            "cause": {"enum": ["schedule", "retry", "redelivery", "manual"]},
            "heldBy": {"enum": ["receiverAbsent", "windowFull", "gate", "predecessor",
                "downtime"]},
            "receiver": {"type": "integer", "minimum": 0},
            "trigger": {"type": "integer", "minimum": 1,
                "description": "The triggered event that is answered."},
            "outcome": {"enum": ["succeeded", "failed", "dropped", "timedOut", "undeliverable",
                "abandoned", "late"]},
            "code": {"type": "integer", "description": "The HTTP status or gRPC code; 0 without."},
            "connectionBroke": {"const": true, "description": "Of abandoned and failed: the \#
        connection to the app broke before it answered."},
            "nextTick": {"type": "integer", "minimum": 0},
            "nextAt": {"type": "string", "format": "date-time"},
            "firstTick": {"type": "integer", "minimum": 0},
            "lastTick": {"type": "integer", "minimum": 0},
            "from": {"type": "string", "format": "date-time"},
            "to": {"type": "string", "format": "date-time"},
            "reason": {"enum": ["requested", "completed", "expired", "givenUp", "policy"]},
            "count": {"type": "integer", "minimum": 0},
            "keyPrefix": {"type": "string", "description": "Base64."},
            "callerAPI": {"enum": ["http", "grpc", "scheduler"]},
            "callerAppID": {"type": "string"}, "callerPeer": {"type": "string"}}}
        """#
}

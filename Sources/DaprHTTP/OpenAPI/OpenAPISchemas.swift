// What bodies look like.

enum OpenAPISchemas {
    static let requests = #"""
        "JobRequest": {
            "description": "Unknown members are ignored; null is as good as absent, but for data. \#
        The spellings due_time, failure_policy and max_retries are read too, each instead of its \#
        other spelling. An object does not say a member twice, and nests at most 100 deep.",
            "anyOf": [{"$ref": "#/components/schemas/RecurringJob"},
                {"$ref": "#/components/schemas/OneShotJob"}]},
        "RecurringJob": {"type": "object", "required": ["schedule"], "properties": {
            "schedule": {"$ref": "#/components/schemas/Schedule"},
            "dueTime": {"anyOf": [{"$ref": "#/components/schemas/PointInTime"}, {"type": "null"}],
                "description": "When the first tick is due; the others are counted from it."},
            "ttl": {"anyOf": [{"$ref": "#/components/schemas/Expiry"}, {"type": "null"}],
                "description": "No tick is due after it."},
            "repeats": {"description": "Ticks, at most; without it there is no end.", "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 4294967295},
                {"type": "string", "format": "repeats"}, {"type": "null"}]},
            "data": {"description": "Any JSON value; numbers are IEEE doubles."},
            "overwrite": {"type": ["boolean", "null"]},
            "failurePolicy": {"$ref": "#/components/schemas/FailurePolicyRequest"},
            "name": {"$ref": "#/components/schemas/NoName"}}},
        "OneShotJob": {"type": "object", "required": ["dueTime"], "properties": {
            "schedule": {"type": "null"},
            "dueTime": {"$ref": "#/components/schemas/PointInTime"},
            "ttl": {"type": "null"},
            "repeats": {"enum": [1, "1", null]},
            "data": {"description": "Any JSON value; numbers are IEEE doubles."},
            "overwrite": {"type": ["boolean", "null"]},
            "failurePolicy": {"$ref": "#/components/schemas/FailurePolicyRequest"},
            "name": {"$ref": "#/components/schemas/NoName"}}},
        "Prefix": {"type": "string", "maxLength": 512,
            "pattern": "^[^/\\\\?#\\u0000-\\u001f\\u007f]*$"},
        "NoName": {"type": ["string", "null"], "maxLength": 0,
            "description": "The name stands in the path only."},
        "Schedule": {"type": "string", "format": "schedule", "minLength": 1, "maxLength": 1024,
            "description": "Six fields (second minute hour day-of-month month day-of-week), \#
        @yearly, @monthly, @weekly, @daily, @hourly, or @every with a Go duration. TZ=Zone or \#
        CRON_TZ=Zone and a space before it: by the clocks of that zone; else UTC. It must come \#
        due some time; @every 0s needs repeats.",
            "examples": ["0 30 6 * * *", "TZ=Europe/Berlin @daily", "@every 5s"]},
        "PointInTime": {"type": "string", "format": "point-in-time", "minLength": 1,
            "maxLength": 1024,
            "description": "RFC 3339, a Go duration from now, or an ISO 8601 duration from now.",
            "examples": ["2030-01-01T06:30:00Z", "1h30m", "PT90M"]},
        "Expiry": {"type": "string", "format": "expiry", "minLength": 1, "maxLength": 1024,
            "description": "A point in time like dueTime, and not before it; a duration counts \#
        from dueTime.",
            "examples": ["2030-12-31T00:00:00Z", "720h"]},
        "FailurePolicyRequest": {"type": ["object", "null"],
            "description": "One of the two, or neither.",
            "maxProperties": 1, "properties": {
                "drop": {"type": "object", "description": "A failed tick is given up."},
                "constant": {"type": "object", "properties": {
                    "interval": {"type": ["string", "null"], "format": "interval",
                        "description": "Seconds with up to nine decimals and an s: 1.5s. At once \#
        without."},
                    "maxRetries": {"description": "Until it succeeds without.", "anyOf": [
                        {"type": "integer", "minimum": 0, "maximum": 4294967295},
                        {"type": "string", "format": "retries"}, {"type": "null"}]}}}}}
        """#

    static let answers = #"""
        "Job": {"type": "object", "required": ["name", "failurePolicy", "status"], "properties": {
            "name": {"type": "string"},
            "schedule": {"type": "string", "description": "As submitted, like the next two."},
            "dueTime": {"type": "string"},
            "ttl": {"type": "string"},
            "repeats": {"type": "integer", "minimum": 1, "maximum": 4294967295},
            "data": {"$ref": "#/components/schemas/Data"},
            "failurePolicy": {"$ref": "#/components/schemas/FailurePolicy"},
            "status": {"$ref": "#/components/schemas/Status"}},
            "additionalProperties": false},
        "Data": {"type": "object", "required": ["@type", "value"], "properties": {
            "@type": {"type": "string"},
            "value": {"description": "JSON, or base64 where the type is unknown here."}},
            "additionalProperties": false},
        "FailurePolicy": {"type": "object", "minProperties": 1, "maxProperties": 1, "properties": {
            "drop": {"type": "object", "maxProperties": 0},
            "constant": {"type": "object", "properties": {
                "interval": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]{3,9})?s$"},
                "maxRetries": {"type": "integer", "minimum": 0, "maximum": 4294967295}},
                "additionalProperties": false}},
            "additionalProperties": false},
        "Status": {"type": "object",
            "required": ["generation", "phase", "ticksDone", "attempt"], "properties": {
            "generation": {"type": "integer", "minimum": 1,
                "description": "The record by which the job was accepted."},
            "phase": {"enum": ["waiting", "inFlight", "retrying"]},
            "ticksDone": {"type": "integer", "minimum": 0},
            "attempt": {"type": "integer", "minimum": 1,
                "description": "The one in flight or to come, within its tick."},
            "lastDue": {"type": "string", "format": "date-time",
                "description": "Of the tick triggered last."},
            "nextDue": {"type": "string", "format": "date-time",
                "description": "Of the next tick to be triggered first."}},
            "additionalProperties": false},
        "Jobs": {"type": "object", "required": ["jobs"], "properties": {
            "jobs": {"type": "array", "maxItems": 1000,
                "items": {"$ref": "#/components/schemas/Job"}},
            "nextCursor": {"type": "string", "description": "Absent on the last page."}},
            "additionalProperties": false},
        "Deleted": {"type": "object", "required": ["deleted"], "properties": {
            "deleted": {"type": "integer", "minimum": 0}},
            "additionalProperties": false},
        "Metadata": {"type": "object",
            "required": ["id", "runtimeVersion", "enabledFeatures", "actors", "components",
                "extended"],
            "properties": {
            "id": {"type": "string", "description": "The app id."},
            "runtimeVersion": {"type": "string", "pattern": "^daybook "},
            "enabledFeatures": {"type": "array", "items": {"type": "string"}},
            "actors": {"type": "array", "maxItems": 0},
            "components": {"type": "array", "maxItems": 0},
            "appConnectionProperties": {"type": "object",
                "required": ["port", "protocol", "channelAddress"], "properties": {
                "port": {"type": "integer"}, "protocol": {"enum": ["http"]},
                "channelAddress": {"type": "string"}},
                "description": "Where the app is called; absent if nobody is."},
            "extended": {"type": "object", "required": ["namespace"],
                "additionalProperties": {"type": "string"}}},
            "additionalProperties": false},
        "Error": {"type": "object", "required": ["errorCode", "message"], "properties": {
            "errorCode": {"type": "string"},
            "message": {"type": "string"},
            "details": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
                "type": "object", "required": ["@type", "reason", "domain", "metadata"],
                "properties": {
                "@type": {"const": "type.googleapis.com/google.rpc.ErrorInfo"},
                "reason": {"type": "string", "description": "The errorCode."},
                "domain": {"const": "dapr.io"},
                "metadata": {"type": "object", "required": ["appID"],
                    "additionalProperties": {"type": "string"}}}}}},
            "additionalProperties": false},
        "HandlerAnswer": {"type": "object", "properties": {
            "status": {"description": "RETRY is a failure, DROPPED or DROP gives the tick up; \#
        anything else is success."}}}
        """#
}

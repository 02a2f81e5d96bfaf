// Parameters and refusals that several requests share.

enum OpenAPIParts {
    /// An answer that says why not.
    enum Refusal: CaseIterable {
        case badRequest, unauthorized, notFound, stopping, conflict, contentTooLarge
        case tooManyRequests, notReady, unavailable, outOfSpace

        var status: Int {
            switch self {
            case .badRequest: 400
            case .unauthorized: 401
            case .notFound: 404
            case .stopping: 408
            case .conflict: 409
            case .contentTooLarge: 413
            case .tooManyRequests: 429
            case .notReady: 500
            case .unavailable: 503
            case .outOfSpace: 507
            }
        }

        fileprivate var description: String {
            switch self {
            case .badRequest: "The request cannot be: the message says what is wrong with it."
            case .unauthorized: "The token is missing or wrong."
            case .notFound: "There is no such job."
            case .stopping: "The server is stopping."
            case .conflict: "The name is taken."
            case .contentTooLarge: "The body is larger than the server takes."
            case .tooManyRequests: "Too many requests wait already."
            case .notReady: "Not all ports are open yet."
            case .unavailable: "Nothing can be stored at the moment."
            case .outOfSpace: "The disk is full, or nearly."
            }
        }
    }

    static let responses = """
        {
        \(Refusal.allCases.map { refusal in
            """
            "\(refusal)": {"description": "\(refusal.description)", "content":
                {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
            """
        }.joined(separator: ",\n"))
        }
        """

    static let parameters = #"""
        {
        "name": {"name": "name", "in": "path", "required": true,
            "description": "At most 512 bytes of UTF-8, not \".\" or \"..\". A plus sign means a \#
        space; all else is percent-encoded.",
            "schema": {"type": "string", "format": "job-name", "minLength": 1, "maxLength": 512,
                "pattern": "^[^/\\\\?#\\u0000-\\u001f\\u007f]+$"}},
        "nameToSchedule": {"name": "name", "in": "path", "required": true,
            "description": "The same, and white space around it is left out.",
            "schema": {"type": "string", "format": "job-name", "minLength": 1, "maxLength": 512,
                "pattern": "^[\\t-\\r]*[^/\\\\?#\\u0000-\\u001f\\u007f]+[\\t-\\r]*$"}},
        "prefix": {"name": "prefix", "in": "query",
            "description": "What names begin with, at most 512 bytes of UTF-8. All jobs without.",
            "schema": {"$ref": "#/components/schemas/Prefix"}},
        "prefixToDelete": {"name": "prefix", "in": "query", "required": true,
            "allowEmptyValue": true,
            "description": "What names begin with, at most 512 bytes of UTF-8. Empty for all.",
            "schema": {"$ref": "#/components/schemas/Prefix"}},
        "limit": {"name": "limit", "in": "query",
            "description": "Jobs on the page, at most. It may end earlier, after 4 MiB of data.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
        "cursor": {"name": "cursor", "in": "query",
            "description": "The nextCursor of the page before, with the same prefix.",
            "schema": {"type": "string", "format": "cursor", "minLength": 1,
                "pattern": "^[A-Za-z0-9_-]+$"}},
        "eventLimit": {"name": "limit", "in": "query",
            "description": "Events, at most.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
        "before": {"name": "before", "in": "query",
            "description": "Only events with lower sequence numbers: the before of the part \#
        before.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 18446744073709551615}}
        }
        """#
}

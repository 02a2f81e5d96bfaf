import Jobs

/// A job's identity, for programs.
struct JobDocument: Encodable {
    var namespace, name: String
    var app, actorType, actorID: String?

    init(_ id: JobID) {
        namespace = id.namespace
        name = id.name
        switch id.target {
        case .app(let appID): app = appID
        case .actor(let type, let id):
            actorType = type
            actorID = id
        }
    }
}

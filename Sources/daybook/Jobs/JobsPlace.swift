// Whose jobs a command is about. Without a flag they are those of the app that a jobs API serves; with
// one they are any app's or actor's, by way of the operator's API on the server's data directory.

import ArgumentParser
import DaprAPI
import Jobs
import OperatorAPI

/// A server, and some of its jobs.
struct JobsPlace {
    let address: ServerAddress
    let token: String?
    /// How long each answer may take.
    let timeLimit: Duration
    /// The path of all these jobs; each of them is below it.
    let jobs: String
    /// The most bytes of an answer.
    let answerBytesMax: Int

    /// The jobs of the app that a jobs API serves. A page holds 7 MiB of stored payloads, or one
    /// larger job; JSON needs up to six bytes for one of those.
    init(_ server: JobsServerOptions) throws(Failure) {
        address = try server.address()
        token = try server.token()
        timeLimit = try server.timeout.limit()
        jobs = "/v1.0/jobs"
        answerBytesMax = 64 << 20
    }

    /// Jobs of the server on a data directory. A page can be of two lists, each with 4 MiB of stored
    /// payloads and one more job.
    init(
        _ jobs: OperatorPath, in directory: DataDirectoryOption, _ timeout: JobsTimeoutOption
    ) throws(Failure) {
        address = try ServerAddress(dataDirectory: directory.path)
        token = nil
        timeLimit = try timeout.limit()
        self.jobs = jobs.text
        answerBytesMax = 2 * OperatorLimits.bodyBytesMax + 64 << 20
    }

    func path(of name: String) -> String { JobsPlace.path(of: name, below: jobs) }

    /// A name is always one segment of the path.
    static func path(of name: String, below jobs: String) -> String {
        "\(jobs)/\(URLText.escaped(name))"
    }
}

/// A path of the operator's API.
enum OperatorPath {
    /// All jobs and reminders, of one namespace or of all.
    case jobs(namespace: String?)
    case app(namespace: String, id: String)
    /// All reminders of a type's actors.
    case actors(namespace: String, type: String)
    case actor(namespace: String, type: String, id: String)
    case namespace(String)
    /// What ends a hold of the clock.
    case acceptClock

    /// Whether its jobs can belong to different apps or actors.
    var hasManyOwners: Bool {
        switch self {
        case .jobs, .actors, .namespace: true
        case .app, .actor, .acceptClock: false
        }
    }

    var text: String {
        let parts =
            switch self {
            case .jobs(nil): ["jobs"]
            case .jobs(let namespace?): ["namespaces", namespace, "jobs"]
            case .app(let namespace, let id): ["namespaces", namespace, "apps", id, "jobs"]
            case .actors(let namespace, let type):
                ["namespaces", namespace, "actors", type, "reminders"]
            case .actor(let namespace, let type, let id):
                ["namespaces", namespace, "actors", type, id, "reminders"]
            case .namespace(let name): ["namespaces", name]
            case .acceptClock: ["clock", "accept"]
            }
        return "/v1/" + parts.map(URLText.escaped).joined(separator: "/")
    }
}

/// An app or an actor whose jobs are meant, if it is not the one that the server's jobs API serves.
struct JobsOwnerOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The app whose jobs they are, of any that the server has.", valueName: "id"))
    var app: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The actor whose reminders they are; list also takes a type alone.",
            valueName: "type/id"))
    var actor: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The namespace of the app or actor. (default: default)", valueName: "ns")
    )
    var namespace: String?

    @OptionGroup var directory: DataDirectoryOption

    /// For the help of commands that take these flags.
    static let discussion = """
        With --app or --actor, the jobs are those of any app of the server, or an actor's \
        reminders. The server must run on this machine, on the data directory --data-dir, by a \
        user who may open the socket operator.sock there. No token is needed.
        """

    /// Whose jobs are meant; `nil` for those of the app that the server's jobs API serves.
    /// `takesMany` is true for a command on all apps of a namespace or all actors of a type.
    func path(allApps: Bool = false, takesMany: Bool = false) throws -> OperatorPath? {
        switch (app, actor, allApps) {
        case (nil, nil, false):
            guard directory.dataDir == nil, namespace == nil else {
                let flags = takesMany ? "--all-apps, --app or --actor" : "--app or --actor"
                throw ValidationError("say whose jobs they are, with \(flags)")
            }
            return nil
        case (nil, nil, true): return .jobs(namespace: namespace)
        case (let app?, nil, false): return .app(namespace: namespace ?? "default", id: app)
        case (nil, let actor?, false):
            let parts = actor.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let namespace = namespace ?? "default"
            if parts.count == 2 {
                return .actor(
                    namespace: namespace, type: String(parts[0]), id: String(parts[1]))
            }
            guard takesMany else {
                throw ValidationError("--actor must be a type and an id, such as cart/17")
            }
            return .actors(namespace: namespace, type: actor)
        case (_?, _?, _), (_, _, true):
            throw ValidationError("--all-apps, --app and --actor exclude one another; choose one")
        }
    }

    /// Where the jobs of `path` are, or without one those of the app that `server` serves.
    func place(_ path: OperatorPath?, _ server: JobsServerOptions) throws -> JobsPlace {
        guard let path else { return try JobsPlace(server) }
        guard server.server == nil else {
            throw ValidationError(
                "--server is an app's jobs API; leave it out with --app or --actor")
        }
        return try JobsPlace(path, in: directory, server.timeout)
    }
}

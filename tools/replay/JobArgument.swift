import ArgumentParser
import EventText
import Jobs

/// The job that a verb asks about.
struct JobArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The job's name.", valueName: "name"))
    var name: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same; for a name that begins with a dash.", valueName: "name"))
    var job: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The app whose job it is. (default: the only one in the log that had such a job)",
            valueName: "id"))
    var app: String?

    @Option(help: ArgumentHelp("The namespace of the app.", valueName: "ns"))
    var namespace = "default"

    @Option(
        help: ArgumentHelp(
            "For a reminder, the type of its actor instead of an app.", valueName: "type"))
    var actorType: String?

    @Option(help: ArgumentHelp("And the id of the actor.", valueName: "id"))
    var actorID: String?

    func validate() throws {
        guard (name == nil) != (job == nil) else {
            throw ValidationError("It is about one name, given once: as it is, or behind --job.")
        }
        if (actorType == nil) != (actorID == nil) {
            throw ValidationError("An actor has a type and an id: --actor-type and --actor-id.")
        }
        guard app == nil || actorType == nil else {
            throw ValidationError("A job is an app's or an actor's, never both.")
        }
        _ = try id(of: app ?? "app")
    }

    /// The job, of an app if no actor is given.
    private func id(of app: String) throws -> JobID {
        var target = Target.app(app)
        if let actorType, let actorID { target = .actor(type: actorType, id: actorID) }
        do {
            return try JobID(namespace: namespace, target: target, name: name ?? job ?? "")
        } catch {
            throw ValidationError("\(error.field) \(error.reason)".escaped)
        }
    }

    /// The job that is meant. If neither an app nor an actor is given, the log must leave no doubt:
    /// one app of the namespace has had such a job, or it has one app.
    func id(in reading: borrowing LogReading) throws -> JobID {
        if let app { return try id(of: app) }
        if actorType != nil { return try id(of: "app") }
        let known = reading.knownJobs(asking: filter)
        let apps = known.apps(in: namespace)
        let candidates = apps.filter { known.namesakes.contains($0) }
        let fitting = candidates.isEmpty ? apps : candidates
        guard fitting.count <= 1 else {
            let what =
                candidates.isEmpty
                ? "the log has no such job; \(known.hint)"
                : "a job of this name belongs to \(KnownJobs.list(candidates))"
            throw ReadingRefusal(usage: "--app must say whose job is meant: \(what)")
        }
        return try id(of: fitting.first?.name ?? "app")
    }

    private var filter: JobFilter {
        JobFilter(namespace: namespace, name: name ?? job ?? "")
    }

    /// Why nothing is told of `id`. If others have had a job of its name, the question was wrong.
    func unknown(
        _ id: JobID, in reading: borrowing LogReading, _ findings: String
    ) -> ReadingRefusal {
        var filter = filter
        filter.namespace = nil
        let known = reading.knownJobs(asking: filter)
        let namesakes = known.namesakes.subtracting([KnownJobs.Owner(id)])
        guard !known.namesakes.contains(KnownJobs.Owner(id)), !namesakes.isEmpty else {
            return ReadingRefusal(findings: findings + (known.hasMatch ? "" : ": \(known.hint)"))
        }
        return ReadingRefusal(usage: "the log knows no job \(id.shown): \(known.hint)")
    }
}

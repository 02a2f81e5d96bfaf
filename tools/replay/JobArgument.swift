import ArgumentParser
import Jobs

/// The job that a verb asks about.
struct JobArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The job's name.", valueName: "name"))
    var name: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same; for a name that begins with a dash.", valueName: "name"))
    var job: String?

    @Option(help: ArgumentHelp("The app whose job it is.", valueName: "id"))
    var app = "app"

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
        _ = try id()
    }

    func id() throws -> JobID {
        var target = Target.app(app)
        if let actorType, let actorID { target = .actor(type: actorType, id: actorID) }
        do {
            return try JobID(namespace: namespace, target: target, name: name ?? job ?? "")
        } catch {
            throw ValidationError("\(error.field) \(error.reason)".escaped)
        }
    }
}

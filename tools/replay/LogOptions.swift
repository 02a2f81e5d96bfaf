// The options that verbs share.

import ArgumentParser
import EventLog
import EventText
import Glibc
import Jobs

/// Where the log is.
struct DirectoryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The data directory. (default: DAYBOOK_DATA_DIR, or ./daybook-data)",
            valueName: "dir"),
        completion: .directory)
    var dataDir: String?

    var path: String {
        if let dataDir { return dataDir }
        let variable = getenv("DAYBOOK_DATA_DIR").map { String(cString: $0) } ?? ""
        return variable.isEmpty ? "daybook-data" : variable
    }
}

/// Which log is read, and internal options of the reading process.
struct LogOptions: ParsableArguments {
    @OptionGroup var directory: DirectoryOptions

    var dataDir: String { directory.path }

    /// Internal: set for the process that reads.
    @Flag(help: ArgumentHelp("", visibility: .private))
    var isReading = false

    /// Internal: the terminal's width, which the reading process does not see.
    @Option(help: ArgumentHelp("", visibility: .private))
    var columns: Int?
}

struct RangeOptions: ParsableArguments {
    static let discussion = """
        --from and --to take the sequence number of a record, or an instant as RFC 3339 writes it. \
        From an instant on means from the first turn that was taken then or later, up to an \
        instant means up to the last turn taken then or earlier, by the clock of the machine that \
        wrote them, and "now" is an instant too. A clock can be set back: then more is shown than \
        was recorded between the two instants, but never less.
        """

    @Option(
        help: ArgumentHelp("Begin with this record or instant.", valueName: "place"),
        transform: LogPoint.given)
    var from: LogPoint?

    @Option(
        help: ArgumentHelp("End with this record or instant.", valueName: "place"),
        transform: LogPoint.given)
    var to: LogPoint?
}

struct JobOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only jobs of this name.", valueName: "name"))
    var job: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Only jobs of this app.", valueName: "id"))
    var app: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only jobs in this namespace.", valueName: "name"))
    var namespace: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only reminders of actors of this type.", valueName: "type"))
    var actorType: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only reminders of actors with this id.", valueName: "id"))
    var actorID: String?

    /// The options as they were given, for messages.
    var shown: String {
        let given = [
            ("--job", job), ("--app", app), ("--namespace", namespace),
            ("--actor-type", actorType), ("--actor-id", actorID),
        ]
        return given.compactMap { flag, value in value.map { "\(flag) \(SafeText.shown($0))" } }
            .joined(separator: " ")
    }

    var filter: JobFilter {
        JobFilter(
            namespace: namespace, app: app, actorType: actorType, actorID: actorID, name: job)
    }

    func validate() throws {
        if app != nil, actorType != nil || actorID != nil {
            throw ValidationError("A job is an app's or an actor's, never both.")
        }
    }
}

extension RowFormat: ExpressibleByArgument {}

extension LogPoint {
    /// A place as people give it: a record, an instant, or "now".
    static func given(_ text: String) throws(InvalidLogPoint) -> LogPoint {
        text == "now" ? .instant(.now) : try parse(text)
    }
}

extension Timestamp {
    /// By this machine's clock.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(clamping: Int64(time.tv_sec), Int64(time.tv_nsec))
    }
}

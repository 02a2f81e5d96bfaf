// Paths of the operator's API. Segments are decoded one by one, after the path is split: an escaped
// slash is part of a name and must not become a separator.

import DaprAPI
import DaprHTTP
import HTTPTypes
import Jobs

/// The target of a path.
enum OperatorRoute: Equatable {
    case health
    /// All jobs and reminders there are, or those of a namespace. `query` is still escaped, here
    /// and below.
    case jobs(namespace: String?, query: Substring)
    /// The reminders of all actors of a type.
    case reminders(namespace: String, actorType: String, query: Substring)
    /// The jobs of one app, or the reminders of one actor.
    case owned(namespace: String, Target, query: Substring)
    case job(namespace: String, Target, name: String, query: Substring)
    case history(namespace: String, Target, name: String, query: Substring)
    /// What triggers came to, of the jobs of a list.
    indirect case outcomes(of: OperatorRoute, query: Substring)
    case namespace(String, query: Substring)
    /// Ends a hold of the clock.
    case acceptClock

    /// Throws the answer to send if there is nothing at `path`, or if it cannot be decoded.
    init(path: String) throws(WireError) {
        let whole = path.prefix { $0 != "#" }
        let raw = whole.prefix { $0 != "?" }
        let query = whole[raw.endIndex...].dropFirst()
        var segments: [String] = []
        for segment in raw.split(separator: "/", omittingEmptySubsequences: false) {
            do throws(URLText.Fault) {
                segments.append(try URLText.unescape(segment))
            } catch {
                throw .malformedPath("a part of it \(error.reason)")
            }
        }
        guard segments.prefix(2).map(\.keyword) == ["", "v1"], segments[0].isEmpty,
            let route = OperatorRoute.outcomes(segments.dropFirst(2), query)
                ?? OperatorRoute(segments.dropFirst(2), query)
        else { throw .nothingThere }
        self = route
    }

    /// If the last segment is that of a list with ":outcomes" behind it.
    private static func outcomes(
        _ segments: ArraySlice<String>, _ query: Substring
    ) -> OperatorRoute? {
        guard let last = segments.last,
            last.keyword == "jobs:outcomes" || last.keyword == "reminders:outcomes",
            let list = OperatorRoute(
                segments.dropLast() + [String(last.prefix { $0 != ":" })], query)
        else { return nil }
        return switch list {
        case .jobs, .reminders, .owned: .outcomes(of: list, query: query)
        case .health, .job, .history, .outcomes, .namespace, .acceptClock: nil
        }
    }

    /// `segments` are those after the version.
    private init?(_ segments: ArraySlice<String>, _ query: Substring) {
        let segments = Array(segments)
        switch segments.first?.keyword {
        case "healthz" where segments.count == 1: self = .health
        case "jobs" where segments.count == 1: self = .jobs(namespace: nil, query: query)
        case "clock" where segments.count == 2 && segments[1].keyword == "accept":
            self = .acceptClock
        case "namespaces" where segments.count == 2: self = .namespace(segments[1], query: query)
        case "namespaces" where segments.count > 2:
            self.init(namespace: segments[1], Array(segments[2...]), query)
        default: return nil
        }
    }

    private init?(namespace: String, _ segments: [String], _ query: Substring) {
        switch (segments[0].keyword, segments.count) {
        case ("jobs", 1): self = .jobs(namespace: namespace, query: query)
        case ("apps", 3...) where segments[2].keyword == "jobs":
            self.init(namespace, .app(segments[1]), segments[3...], query)
        case ("actors", 3) where segments[2].keyword == "reminders":
            self = .reminders(namespace: namespace, actorType: segments[1], query: query)
        case ("actors", 4...) where segments[3].keyword == "reminders":
            self.init(
                namespace, .actor(type: segments[1], id: segments[2]), segments[4...], query)
        default: return nil
        }
    }

    /// `rest` is the name, and what of it is asked for.
    private init?(
        _ namespace: String, _ target: Target, _ rest: ArraySlice<String>, _ query: Substring
    ) {
        switch (rest.first, rest.count) {
        case (nil, _): self = .owned(namespace: namespace, target, query: query)
        case (let name?, 1):
            self = .job(namespace: namespace, target, name: name, query: query)
        case (let name?, 2) where rest.last?.keyword == "history":
            self = .history(namespace: namespace, target, name: name, query: query)
        default: return nil
        }
    }

    var methods: [HTTPRequest.Method] {
        switch self {
        case .job: [.delete, .get, .post]
        case .owned: [.delete, .get]
        case .namespace: [.delete]
        case .acceptClock: [.post]
        case .health, .jobs, .reminders, .history, .outcomes: [.get]
        }
    }
}

import EventLog
package import Jobs

/// Which jobs to show: all whose parts equal those given here. Parts are compared as bytes, like
/// names.
package struct JobFilter: Equatable, Sendable {
    package var namespace: String?
    package var app: String?
    package var actorType: String?
    package var actorID: String?
    package var name: String?

    package init(
        namespace: String? = nil, app: String? = nil, actorType: String? = nil,
        actorID: String? = nil, name: String? = nil
    ) {
        self.namespace = namespace
        self.app = app
        self.actorType = actorType
        self.actorID = actorID
        self.name = name
    }

    private var wanted: [Field: String] {
        var wanted: [Field: String] = [:]
        wanted[.namespace] = namespace
        wanted[.app] = app
        wanted[.actorType] = actorType
        wanted[.actorID] = actorID
        wanted[.name] = name
        return wanted
    }

    package var isEverything: Bool { wanted.isEmpty }

    package func contains(_ id: JobID) -> Bool {
        if isEverything { return true }
        guard JobFilter.isEqual(namespace, id.namespace), JobFilter.isEqual(name, id.name) else {
            return false
        }
        return switch id.target {
        case .app(let appID):
            actorType == nil && actorID == nil && JobFilter.isEqual(app, appID)
        case .actor(let type, let id):
            app == nil && JobFilter.isEqual(actorType, type) && JobFilter.isEqual(actorID, id)
        }
    }

    /// Whether `record` concerns, or may concern, a job that matches: a deletion by prefix does not
    /// name its jobs. A receiver takes the triggers of all jobs of its route, so its events match
    /// with any of them.
    ///
    /// `job` is the job whose generation the event names.
    package func contains(_ record: Record, of job: JobID?) -> Bool {
        if isEverything { return true }
        switch record.event.subject {
        case .accepted(let definition): return contains(definition.id)
        case .job: return job.map(contains) ?? false
        case .prefix(let keyPrefix): return mayContain(keyPrefix)
        case .route(let route): return mayContain(route)
        case .writer: return false
        }
    }

    private func mayContain(_ keyPrefix: [UInt8]) -> Bool {
        guard let scope = PrefixScope(key: keyPrefix) else { return true }
        let isActor = keyPrefix.first == UInt8(ascii: "r")
        if isActor ? app != nil : actorType != nil || actorID != nil { return false }
        return scope.fields.allSatisfy { field, part in
            switch field {
            case .appPrefix: JobFilter.begins(app, part)
            case .actorTypePrefix: JobFilter.begins(actorType, part)
            case .actorIDPrefix: JobFilter.begins(actorID, part)
            case .namePrefix: JobFilter.begins(name, part)
            default: JobFilter.isEqual(wanted[field], part)
            }
        }
    }

    private func mayContain(_ route: RouteKey) -> Bool {
        guard name == nil, actorID == nil, JobFilter.isEqual(namespace, route.namespace) else {
            return false
        }
        return route.isApp
            ? actorType == nil && JobFilter.isEqual(app, route.receiverName)
            : app == nil && JobFilter.isEqual(actorType, route.receiverName)
    }

    private static func isEqual(_ wanted: String?, _ part: String) -> Bool {
        wanted.map { $0.utf8.elementsEqual(part.utf8) } ?? true
    }

    private static func begins(_ wanted: String?, _ beginning: String) -> Bool {
        wanted.map { $0.utf8.starts(with: beginning.utf8) } ?? true
    }
}

package import Jobs

/// The namespace and app that a server's requests belong to.
package struct WireScope: Sendable {
    package let namespace: String
    package let appID: String

    /// Rejects texts that cannot be part of a job's identity.
    package init(namespace: String, appID: String) throws(InvalidField) {
        _ = try RouteKey(namespace: namespace, appID: appID)
        self.namespace = namespace
        self.appID = appID
    }

    package var route: RouteKey {
        get throws(InvalidField) { try RouteKey(namespace: namespace, appID: appID) }
    }

    package func caller(api: Caller.API, peer: String) -> Caller {
        Caller(api: api, appID: appID, peer: peer)
    }

    package func id(named name: String) throws(InvalidField) -> JobID {
        try JobID(namespace: namespace, target: .app(appID), name: name)
    }

    /// The jobs of this app whose names begin with `text`.
    package func jobPrefix(_ text: String) throws(InvalidField) -> JobPrefix {
        try JobPrefix(namespace: namespace, target: .app(appID), prefix: text)
    }
}

/// How many triggers of a gate may be in flight at once. A gate without a concurrency key applies
/// to all triggers of its route; a gate with a key applies to those of jobs with that key. Dapr:
/// pkg/scheduler/server/internal/pool/connections/concurrency.go.
package struct ConcurrencyLimit: Equatable, Sendable {
    package var route: RouteKey
    package var concurrencyKey: String?
    /// `nil` if the limit has been lifted.
    package var inFlightMax: UInt32?

    package init(route: RouteKey, concurrencyKey: String?, inFlightMax: UInt32?) {
        self.route = route
        self.concurrencyKey = concurrencyKey
        self.inFlightMax = inFlightMax
    }
}

extension Definition {
    /// The key of the gate that limits this job in addition to its route's. Only actors are limited
    /// by key; an empty key counts as none.
    package var gateKey: String? {
        guard let concurrencyKey, !concurrencyKey.isEmpty else { return nil }
        switch id.target {
        case .app: return nil
        case .actor: return concurrencyKey
        }
    }
}

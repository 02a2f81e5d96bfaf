/// How many triggers of a gate may be in flight at once. A gate without a concurrency key is
/// passed by all triggers of its route, another one by those of jobs with its key.
/// Dapr: pkg/scheduler/server/internal/pool/connections/concurrency.go.
package struct ConcurrencyLimit: Equatable, Sendable {
    package var route: RouteKey
    package var concurrencyKey: String?
    /// `nil` if there is no limit any more.
    package var inFlightMax: UInt32?

    package init(route: RouteKey, concurrencyKey: String?, inFlightMax: UInt32?) {
        self.route = route
        self.concurrencyKey = concurrencyKey
        self.inFlightMax = inFlightMax
    }
}

extension Definition {
    /// The key of the gate that limits this job beside its route's. Only actors are limited by key;
    /// an empty key is none.
    package var gateKey: String? {
        guard let concurrencyKey, !concurrencyKey.isEmpty else { return nil }
        switch id.target {
        case .app: return nil
        case .actor: return concurrencyKey
        }
    }
}

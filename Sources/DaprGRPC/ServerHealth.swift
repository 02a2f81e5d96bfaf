// The health service of gRPC. The status of every service is the readiness of the server as a whole.
// gRPC: doc/health-checking.md.

import DaprProtos
package import GRPC
import SwiftProtobuf
import Synchronization

/// Whether this process takes calls, as its gRPC listeners tell it. A `Check` finds out at once; a
/// stream of `Watch` learns of a change at the next look, and of a stop when it begins.
package final class ServerHealth: Sendable {
    private struct State {
        var isServing = false
        var isStopping = false
        /// Of the streams to be told.
        var bells: [ObjectIdentifier: StreamBell] = [:]
    }

    private let isReady: @Sendable () -> Bool
    private let state = Mutex(State())

    /// `isReady` is asked at each look, and must return at once.
    package init(isReady: @escaping @Sendable () -> Bool) { self.isReady = isReady }

    /// Whether calls are taken now. If that has changed, the streams are told.
    @discardableResult package func look() -> Bool {
        let (isServing, bells) = state.withLock { state in
            let isServing = !state.isStopping && isReady()
            guard isServing != state.isServing else { return (isServing, [StreamBell]()) }
            state.isServing = isServing
            return (isServing, Array(state.bells.values))
        }
        for bell in bells { bell.ring() }
        return isServing
    }

    /// From now on the server does not take calls, whatever its readiness says.
    package func beginStopping() {
        state.withLock { $0.isStopping = true }
        look()
    }

    fileprivate func add(_ bell: StreamBell) {
        state.withLock { $0.bells[ObjectIdentifier(bell)] = bell }
    }

    fileprivate func remove(_ bell: StreamBell) {
        state.withLock { $0.bells[ObjectIdentifier(bell)] = nil }
    }

    fileprivate var status: Grpc_Health_V1_HealthCheckResponse.ServingStatus {
        look() ? .serving : .notServing
    }
}

extension GRPCMethods {
    /// Adds the health service, which knows the services that are there already, and the empty name
    /// for the server as a whole. It asks for no token: a probe cannot be given a secret.
    package mutating func addHealth(_ health: ServerHealth) {
        let (path, bytesMax) = ("/grpc.health.v1.Health/", SidecarLimits.questionBytesMax)
        let known = HealthNames(services: services)
        unary(path + "Check", bytesMax: bytesMax, isOpenToAll: true) {
            (
                request: Grpc_Health_V1_HealthCheckRequest, _,
                reply: @escaping GRPCReply<Grpc_Health_V1_HealthCheckResponse>
            ) in
            guard known.contains(request.service) else {
                return reply(.failure(GRPCStatus(.notFound, "there is no such service here")))
            }
            reply(.success(.with { $0.status = health.status }))
        }
        stream(path + "Watch", bytesMax: bytesMax, isOpenToAll: true) { _, bell in
            HealthStream(of: health, known: known, bell: bell)
        }
    }
}

private struct HealthNames: Sendable {
    let services: [String]

    /// Compares byte by byte, because the name comes from outside.
    func contains(_ name: String) -> Bool {
        name.isEmpty || services.contains { $0.utf8.elementsEqual(name.utf8) }
    }
}

/// asked nothing -> (the name of a service) -> told its status, now and at each change. Only the
/// newest status is sent, so a slow client makes nothing wait.
private final class HealthStream: GRPCStream {
    private let health: ServerHealth
    private let known: HealthNames
    private let bell: StreamBell
    /// Whether there is the service that was asked for; `nil` before it is named.
    private var isKnown: Bool?
    private var told: Grpc_Health_V1_HealthCheckResponse.ServingStatus?

    init(of health: ServerHealth, known: HealthNames, bell: StreamBell) {
        self.health = health
        self.known = known
        self.bell = bell
    }

    func take(_ messages: [Grpc_Health_V1_HealthCheckRequest]) throws(GRPCStatus) {
        guard isKnown == nil, messages.count == 1 else {
            throw GRPCStatus(.invalidArgument, "a stream asks for one service")
        }
        isKnown = known.contains(messages[0].service)
        health.add(bell)
        bell.ring()
    }

    func next() -> Grpc_Health_V1_HealthCheckResponse? {
        guard let isKnown else { return nil }
        let status = isKnown ? health.status : .serviceUnknown
        guard status != told else { return nil }
        told = status
        return .with { $0.status = status }
    }

    /// The client sends nothing more from the beginning, which does not end the stream.
    func clientHasEnded() -> Bool { isKnown == nil }

    func end(_ end: GRPCStreamEnd) { health.remove(bell) }
}

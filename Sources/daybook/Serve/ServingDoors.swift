// The doors of a server: what listens, and what calls apps.

import Apps
import DaprAPI
import DaprGRPC
import DaprHTTP
import GRPC
import Glibc
import LMDBLog
import Listeners
import Logging
import Scheduler
import ServiceLifecycle
import Settings

struct ServingDoors {
    let settings: Settings
    let apps: [ServedApp]
    /// What clients do not read, of all listeners.
    let unsent: UnsentBounds
    let logger: Logger

    /// Listeners and calls of all apps.
    func services(
        _ scheduler: Scheduler, _ sidecars: SidecarMetrics, _ calls: GRPCMetrics,
        _ health: ServerHealth, _ start: StartLine, _ socket: OperatorSocket
    ) throws -> [any Service] {
        var listeners: [any Service] = [
            OperatorDoor(
                socket: socket, scheduler: scheduler, unsent: unsent.answers, logger: logger,
                isReady: { start.isComplete }, onKnown: start.openedOperatorDoor)
        ]
        var channels: [any Service] = []
        for (index, app) in apps.enumerated() {
            if let port = app.settings.listen.number {
                listeners.append(httpListener(index, port: port, scheduler, start))
            } else {
                start.opened(index, \.http, .off)
            }
            if let port = app.settings.listenGRPC.number {
                listeners.append(grpcListener(index, port: port, scheduler, calls, health, start))
            } else {
                start.opened(index, \.grpc, .off)
            }
            channels += app.settings.addresses.map { channel(app, $0, scheduler, calls) }
        }
        if let port = settings.scheduler.listen.number {
            listeners.append(
                schedulerListener(port: port, scheduler, sidecars, calls, health, start))
        } else {
            start.openedScheduler(.off)
        }
        return [listeners, channels].filter { !$0.isEmpty }.map { Together(services: $0) }
    }

    private func httpListener(
        _ index: Int, port: Int, _ scheduler: Scheduler, _ start: StartLine
    ) -> Listening {
        let app = apps[index]
        let server = HTTPServer(
            endpoint: JobsEndpoint(
                scope: app.scope, jobs: scheduler, about: app.metadata,
                isReady: { start.isComplete }),
            access: app.access, origins: OriginRules(hosts: ownNames + settings.allowedHosts),
            on: .host(settings.httpAddress, port: port), unsent: unsent.answers,
            bodyBytesMax: settings.bodyBytesMax,
            logger: Logger(label: "http-server") { _ in SwiftLogNoOpLogHandler() },
            onListening: { start.opened(index, \.http, .open($0)) })
        return Listening(server: server, address: "\(settings.httpAddress) port \(port)")
    }

    /// The name of this machine, and the address at which it listens.
    private var ownNames: [String] {
        var name = [UInt8](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return [settings.httpAddress] }
        return [String(decoding: name.prefix { $0 != 0 }, as: UTF8.self), settings.httpAddress]
    }

    private func grpcListener(
        _ index: Int, port: Int, _ scheduler: Scheduler, _ calls: GRPCMetrics,
        _ health: ServerHealth, _ start: StartLine
    ) -> Listening {
        let app = apps[index]
        var methods = RuntimeService.methods(
            RuntimeJobs(scope: app.scope, scheduler: scheduler), scope: app.scope,
            about: app.metadata, bytesMax: settings.bodyBytesMax)
        methods.addHealth(health)
        methods.addReflection()
        let server = GRPCServer(
            methods: methods, metrics: calls, host: settings.httpAddress, port: port,
            connectionsMax: WireLimits.connectionsMax, requestBytesMax: settings.bodyBytesMax,
            unsent: unsent, admit: app.access.admit,
            onListening: { start.opened(index, \.grpc, .open($0)) })
        return Listening(server: server, address: "\(settings.httpAddress) port \(port)")
    }

    private func schedulerListener(
        port: Int, _ scheduler: Scheduler, _ sidecars: SidecarMetrics, _ calls: GRPCMetrics,
        _ health: ServerHealth, _ start: StartLine
    ) -> Listening {
        let host = settings.scheduler.host
        let service = SchedulerService(
            scheduler: scheduler, metrics: sidecars,
            broadcastAddress: settings.scheduler.broadcastAddress,
            timeout: settings.scheduler.timeout, logger: logger)
        var methods = service.methods
        methods.addHealth(health)
        methods.addReflection()
        let server = GRPCServer(
            methods: methods, metrics: calls, host: host, port: port,
            connectionsMax: SidecarLimits.schedulerConnectionsMax,
            requestBytesMax: SidecarLimits.schedulerRequestBytesMax, unsent: unsent,
            onListening: { start.openedScheduler(.open($0)) })
        return Listening(server: server, address: "\(host) port \(port)")
    }

    private func channel(
        _ app: ServedApp, _ address: Endpoint, _ scheduler: Scheduler, _ calls: GRPCMetrics
    ) -> AppChannel {
        var logger = logger
        if apps.count > 1 { logger[metadataKey: "app-id"] = "\(app.settings.id)" }
        let address = AppAddress(host: address.host, port: address.port)
        let window = UInt32(app.settings.window)
        return switch app.settings.protocol {
        case .http:
            AppChannel(
                http: address, scheduler: scheduler, route: app.route, token: app.appToken,
                window: window, timeout: app.settings.timeout, logger: logger)
        case .grpc:
            AppChannel(
                grpc: address, scheduler: scheduler, route: app.route, token: app.appToken,
                window: window, timeout: app.settings.timeout, metrics: calls, logger: logger)
        }
    }
}

/// Services that stop at the same time; if one fails, all end.
struct Together: Service {
    let services: [any Service]

    func run() async throws {
        try await withThrowingTaskGroup { group in
            for service in services { group.addTask { try await service.run() } }
            while try await group.next() != nil {}
        }
    }
}

private struct Listening: Service {
    let server: any Service
    let address: String

    func run() async throws {
        do {
            try await server.run()
        } catch {
            throw Failure(
                code: Failure.cannotOpen, reason: "cannot listen on \(address): \(error)")
        }
    }
}

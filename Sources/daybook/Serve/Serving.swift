// Assembles the services and runs them. The log is opened and folded before the first request is
// accepted. On SIGTERM the services stop in reverse order: the scheduler drains while the apps'
// answers still arrive, then the app's process ends, if there is one, then the calls, then the
// listeners close.

import Apps
import Checkpoints
import DaprAPI
import DaprGRPC
import DaprHTTP
import EventLog
import Failpoints
import GRPC
import Glibc
import LMDBLog
import Listeners
import Logging
import Scheduler
import ServiceLifecycle
import Settings
import UnixSignals
import ZoneInfo

struct Serving {
    private let options: ServeOptions
    let settings: Settings
    private let apps: [ServedApp]
    private let logger: Logger

    /// Reads the settings; changes nothing yet except limits of this process.
    init(_ options: ServeOptions) throws(Failure) {
        self.options = options
        let settings = try options.settings()
        self.settings = settings
        do {
            apps = try settings.apps.map(ServedApp.init)
        } catch {
            throw Failure(code: Failure.usage, reason: "\(error)")
        }
        try Operating.makeRoom(for: settings)
        let output = LogOutput(path: settings.logFile)
        LoggingSystem.bootstrap { _ in
            LineLogHandler(
                format: settings.logFormat, level: settings.logLevel, output: output)
        }
        logger = Logger(label: "daybook")
        if let fault = output.fault {
            logger.warning(
                "the log file cannot be opened: log lines go to standard error",
                metadata: ["reason": "\(fault)"])
        }
    }

    /// Serves until it is asked to stop, or until `process` has ended, which is started once
    /// requests are accepted.
    func run(beside process: AppProcess? = nil) async throws {
        for warning in settings.warnings { logger.warning("\(warning)") }
        if !options.dapr.ignored.isEmpty {
            logger.warning(
                "flags of Dapr's scheduler that mean nothing here are ignored",
                metadata: ["flags": "\(options.dapr.ignored.joined(separator: " "))"])
        }
        if let armed = Failpoint.armed {
            logger.warning(
                "a failpoint is armed: the process will kill itself there",
                metadata: ["failpoint": "\(armed)"])
        }
        // Installed first, because SIGHUP would otherwise end the process.
        let hangUps = hangUpIsStop ? nil : await UnixSignalsSequence(trapping: .sighup)
        let checkpoints = Checkpointing(
            file: CheckpointFile(directory: settings.dataDirectory),
            interval: UInt64(settings.checkpointInterval))
        let scheduler = Scheduler(zones: ZoneDirectory.ofSystem(), checkpoints: checkpoints)
        let (sidecars, calls) = (SidecarMetrics(), GRPCMetrics())
        let operating = Operating(settings: settings, scheduler: scheduler, logger: logger) {
            sidecars.metricFamilies + calls.metricFamilies
        }
        try await operating.around { admin in
            let report = try await start(scheduler)
            let start = StartLine(
                settings: settings, report: report, admin: admin, logger: logger)
            Failpoint.listenersOpening.hit()
            let socket = OperatorSocket(in: settings.dataDirectory)
            // At the end the log is closed, and its directory may have another server.
            defer { socket.remove() }
            var services = try services(scheduler, sidecars, calls, start, socket)
            if let hangUps {
                let reload = TokenReload(
                    options: options, settings: settings, apps: apps, logger: logger)
                services.append(Rereading(reload: reload, hangUps: hangUps))
            }
            let writing = Writing(scheduler: scheduler, process: process, logger: logger)
            let running = process.map { process in
                AppProcessService(
                    process: process, start: start, scheduler: scheduler, logger: logger)
            }
            // As one service: whichever ends first also ends the other.
            services.append(
                running.map { Together(services: [writing, $0]) } ?? writing)
            let endDuration = process == nil ? .zero : AppProcessService.endDuration
            let configuration = configuration(services, stop: .seconds(8) + endDuration)
            try await ServiceGroup(configuration: configuration).run()
        }
        logger.info("stopped")
    }

    private func start(_ scheduler: Scheduler) async throws -> BootReport {
        let directory = settings.dataDirectory
        var store = LMDBOptions()
        // A volume is mounted above it, and nobody makes what is in between.
        store.makesParents =
            settings.shown.first { $0.key == SettingKey.dataDir.rawValue }?.origin
            == .flag(DaprFlags.dataDirectoryFlag)
        let options = store
        let progress = BootProgress(of: scheduler.metrics.liveness, logger: logger)
        let reporting = Task { await progress.run() }
        defer { reporting.cancel() }
        do {
            return try await scheduler.start(softwareVersion: Version.current, logger: logger) {
                _ throws(LogError) in
                try LMDBLog(directory: directory, options: options)
            }
        } catch {
            throw Failure(error)
        }
    }

    /// Whether SIGHUP means "stop": it does when a terminal is closed. From a service manager it
    /// means "read the settings again", and never a stop, even if there is nothing to read.
    private var hangUpIsStop: Bool { !settings.canBeReread && getenv("NOTIFY_SOCKET") == nil }

    /// A graceful stop that takes longer than `duration` is cut short.
    private func configuration(
        _ services: [any Service], stop duration: Duration
    ) -> ServiceGroupConfiguration {
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                // If a listener cannot open its port, the log must still be closed.
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint] + (hangUpIsStop ? [.sighup] : []),
            logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() })
        configuration.maximumGracefulShutdownDuration = duration
        return configuration
    }

    /// Listeners and calls of all apps.
    private func services(
        _ scheduler: Scheduler, _ sidecars: SidecarMetrics, _ calls: GRPCMetrics,
        _ start: StartLine, _ socket: OperatorSocket
    ) throws -> [any Service] {
        var listeners: [any Service] = [
            OperatorDoor(
                socket: socket, scheduler: scheduler, isReady: { start.isComplete },
                onListening: { start.openedOperatorDoor(socket.path) })
        ]
        var channels: [any Service] = []
        for (index, app) in apps.enumerated() {
            if let port = app.settings.listen.number {
                listeners.append(httpListener(index, port: port, scheduler, start))
            } else {
                start.opened(index, \.http, .off)
            }
            if let port = app.settings.listenGRPC.number {
                listeners.append(grpcListener(index, port: port, scheduler, calls, start))
            } else {
                start.opened(index, \.grpc, .off)
            }
            channels += app.settings.addresses.map { channel(app, $0, scheduler, calls) }
        }
        if let port = settings.scheduler.listen.number {
            listeners.append(schedulerListener(port: port, scheduler, sidecars, calls, start))
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
            access: app.access, on: .host(settings.httpAddress, port: port),
            bodyBytesMax: settings.bodyBytesMax,
            logger: Logger(label: "http-server") { _ in SwiftLogNoOpLogHandler() },
            onListening: { start.opened(index, \.http, .open($0)) })
        return Listening(server: server, address: "\(settings.httpAddress) port \(port)")
    }

    private func grpcListener(
        _ index: Int, port: Int, _ scheduler: Scheduler, _ calls: GRPCMetrics, _ start: StartLine
    ) -> Listening {
        let app = apps[index]
        let methods = RuntimeService.methods(
            RuntimeJobs(scope: app.scope, scheduler: scheduler), scope: app.scope,
            about: app.metadata, bytesMax: settings.bodyBytesMax)
        let server = GRPCServer(
            methods: methods, metrics: calls, host: settings.httpAddress, port: port,
            connectionsMax: WireLimits.connectionsMax, requestBytesMax: settings.bodyBytesMax,
            admit: app.access.admit,
            onListening: { start.opened(index, \.grpc, .open($0)) })
        return Listening(server: server, address: "\(settings.httpAddress) port \(port)")
    }

    private func schedulerListener(
        port: Int, _ scheduler: Scheduler, _ sidecars: SidecarMetrics, _ calls: GRPCMetrics,
        _ start: StartLine
    ) -> Listening {
        let host = settings.scheduler.host
        let service = SchedulerService(
            scheduler: scheduler, metrics: sidecars,
            broadcastAddress: settings.scheduler.broadcastAddress, logger: logger)
        let server = GRPCServer(
            methods: service.methods, metrics: calls, host: host, port: port,
            connectionsMax: SidecarLimits.schedulerConnectionsMax,
            requestBytesMax: SidecarLimits.schedulerRequestBytesMax,
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
private struct Together: Service {
    let services: [any Service]

    func run() async throws {
        try await withThrowingTaskGroup { group in
            for service in services { group.addTask { try await service.run() } }
            while try await group.next() != nil {}
        }
    }
}

/// The writer. If it breaks, nothing may be answered any more, so this process and the app's
/// process end at once.
private struct Writing: Service {
    let scheduler: Scheduler
    let process: AppProcess?
    let logger: Logger

    func run() async throws {
        do {
            try await scheduler.run()
            process?.writerHasDrained()
        } catch {
            let failure = Failure(error)
            logger.critical("the writer broke", metadata: ["reason": "\(failure.reason)"])
            process?.endAtOnce()
            _exit(failure.code)
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

/// Rereads tokens at every SIGHUP.
private struct Rereading: Service {
    let reload: TokenReload
    let hangUps: UnixSignalsSequence

    func run() async throws {
        for await _ in hangUps.cancelOnGracefulShutdown() { reload.reload() }
    }
}

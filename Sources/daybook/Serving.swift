// Puts the objects together and runs them. The log is opened and folded before the first request is
// taken. On SIGTERM the services stop in reverse order: the scheduler drains while the apps'
// answers still come in, then the calls end, then the listeners close.

import Checkpoints
import DaprAPI
import EventLog
import Glibc
import LMDBLog
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

    /// Reads the settings; nothing is touched yet.
    init(_ options: ServeOptions) throws(Failure) {
        self.options = options
        let settings = try options.settings()
        self.settings = settings
        do {
            apps = try settings.apps.map(ServedApp.init)
        } catch {
            throw Failure(code: Failure.usage, reason: "\(error)")
        }
        LoggingSystem.bootstrap { _ in
            LineLogHandler(format: settings.logFormat, level: settings.logLevel)
        }
        logger = Logger(label: "daybook")
    }

    /// Serves until it is told to stop, or until `process` has ended, which is started once requests
    /// are taken.
    func run(beside process: AppProcess? = nil) async throws {
        // From the beginning: at any time SIGHUP would otherwise be the end.
        let hangUps = settings.canBeReread ? await UnixSignalsSequence(trapping: .sighup) : nil
        let checkpoints = CheckpointFile(directory: settings.dataDirectory)
        let scheduler = Scheduler(
            zones: ZoneDirectory.ofSystem(), checkpoints: Checkpointing(file: checkpoints))
        try await Operating(settings: settings, scheduler: scheduler).around { admin in
            let report = try await start(scheduler)
            let start = StartLine(
                settings: settings, report: report, admin: admin, logger: logger)
            var services = services(scheduler, start)
            if let hangUps {
                let reload = TokenReload(
                    options: options, settings: settings, apps: apps, logger: logger)
                services.append(Rereading(reload: reload, hangUps: hangUps))
            }
            let writing = Writing(scheduler: scheduler, logger: logger)
            let running = process.map { process in
                AppProcessService(
                    process: process, start: start, scheduler: scheduler, logger: logger)
            }
            // Told to stop at the same time: no trigger is to meet an app that stops.
            services.append(
                running.map { Together(services: [writing, $0]) } ?? writing)
            try await ServiceGroup(configuration: configuration(services)).run()
        }
        logger.info("stopped")
    }

    private func start(_ scheduler: Scheduler) async throws -> BootReport {
        let directory = settings.dataDirectory
        do {
            return try await scheduler.start(softwareVersion: Version.current, logger: logger) {
                _ throws(LogError) in try LMDBLog(directory: directory)
            }
        } catch {
            throw Failure(error)
        }
    }

    private func configuration(_ services: [any Service]) -> ServiceGroupConfiguration {
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                // If a listener cannot open its port the log is still to be closed.
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint] + (settings.canBeReread ? [] : [.sighup]),
            logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() })
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        return configuration
    }

    /// Listeners and calls, of all apps.
    private func services(_ scheduler: Scheduler, _ start: StartLine) -> [any Service] {
        var listeners: [any Service] = []
        var channels: [any Service] = []
        for (index, app) in apps.enumerated() {
            switch app.settings.listen {
            case .off: start.opened(index, port: nil)
            case .any: listeners.append(listener(index, port: 0, scheduler, start))
            case .fixed(let port): listeners.append(listener(index, port: port, scheduler, start))
            }
            channels += app.settings.addresses.map { channel(app, $0, scheduler) }
        }
        return [listeners, channels].filter { !$0.isEmpty }.map { Together(services: $0) }
    }

    private func listener(
        _ index: Int, port: Int, _ scheduler: Scheduler, _ start: StartLine
    ) -> Listening {
        let app = apps[index]
        let about = WireMetadata(
            softwareVersion: Version.current,
            app: app.settings.addresses.first.map { AppAddress(host: $0.host, port: $0.port) })
        return Listening(
            server: HTTPServer(
                endpoint: JobsEndpoint(scope: app.scope, scheduler: scheduler, about: about),
                access: app.access, host: settings.httpAddress, port: port,
                bodyBytesMax: settings.bodyBytesMax,
                logger: Logger(label: "http-server") { _ in SwiftLogNoOpLogHandler() },
                onListening: { start.opened(index, port: $0) }),
            address: "\(settings.httpAddress) port \(port)")
    }

    private func channel(
        _ app: ServedApp, _ address: Endpoint, _ scheduler: Scheduler
    ) -> AppChannel {
        var logger = logger
        if apps.count > 1 { logger[metadataKey: "app-id"] = "\(app.settings.id)" }
        return AppChannel(
            scheduler: scheduler, route: app.route,
            address: AppAddress(host: address.host, port: address.port), token: app.appToken,
            window: UInt32(app.settings.window), timeout: app.settings.timeout, logger: logger)
    }
}

/// Services that stop at the same time; where one fails all end.
private struct Together: Service {
    let services: [any Service]

    func run() async throws {
        try await withThrowingTaskGroup { group in
            for service in services { group.addTask { try await service.run() } }
            while try await group.next() != nil {}
        }
    }
}

/// The writer. If it breaks nothing may be answered any more, so the process ends there and then.
private struct Writing: Service {
    let scheduler: Scheduler
    let logger: Logger

    func run() async throws {
        do {
            try await scheduler.run()
        } catch {
            let failure = Failure(error)
            logger.critical("the writer broke", metadata: ["reason": "\(failure.reason)"])
            _exit(failure.code)
        }
    }
}

private struct Listening: Service {
    let server: HTTPServer
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

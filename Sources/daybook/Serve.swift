// Puts the objects together and runs them. The log is opened and folded before the first request is
// taken. On SIGTERM the services stop in reverse order: the scheduler drains while the app's
// answers still come in, then the calls end, then the listener closes.

import ArgumentParser
import DaprAPI
import EventLog
import Glibc
import LMDBLog
import Logging
import Scheduler
import ServiceLifecycle
import UnixSignals
import ZoneInfo

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the jobs API and call the app when jobs are due.",
        discussion: """
            The jobs API is POST, GET and DELETE /v1.0/jobs/{name} (also under /v1.0-alpha1, where \
            posting to an existing name replaces the job). GET /v1.0/healthz answers 204.

            The app is called with POST /job/{name}. While it does not accept connections its jobs \
            wait; nothing is lost and no retry is used up.

            SIGTERM and SIGINT stop it: no more triggers, up to 5 s for what is in flight, exit 0.
            """)

    @OptionGroup var options: ServeOptions

    mutating func run() async throws {
        let options = options
        LoggingSystem.bootstrap { _ in
            LineLogHandler(format: options.logFormat, level: options.logLevel.level)
        }
        let logger = Logger(label: "daybook")
        let scheduler = Scheduler(zones: ZoneDirectory.ofSystem())
        let report = try await start(scheduler, logger)
        let start = StartLine(options: options, report: report)
        try await ServiceGroup(configuration: group(scheduler, start, logger)).run()
        logger.info("stopped")
    }

    private func start(_ scheduler: Scheduler, _ logger: Logger) async throws -> BootReport {
        let directory = options.dataDir
        do {
            return try await scheduler.start(softwareVersion: Version.current, logger: logger) {
                _ throws(LogError) in try LMDBLog(directory: directory)
            }
        } catch {
            throw Failure(error)
        }
    }

    private func group(
        _ scheduler: Scheduler, _ start: StartLine, _ logger: Logger
    ) throws -> ServiceGroupConfiguration {
        let scope = try options.scope
        var services: [any Service] = []
        switch options.httpPort {
        case .off:
            start.log(to: logger, port: nil)
        case .any:
            services.append(server(scope, scheduler, port: 0, start, logger))
        case .fixed(let port):
            services.append(server(scope, scheduler, port: port, start, logger))
        }
        if let port = options.appPort {
            services.append(
                AppChannel(
                    scheduler: scheduler, route: try scope.route,
                    address: AppAddress(host: options.appAddress, port: port), logger: logger))
        }
        services.append(Writing(scheduler: scheduler, logger: logger))
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                // If the listener cannot open its port the log is still to be closed.
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() })
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        return configuration
    }

    private func server(
        _ scope: WireScope, _ scheduler: Scheduler, port: Int, _ start: StartLine, _ logger: Logger
    ) -> Listening {
        Listening(
            server: HTTPServer(
                endpoint: JobsEndpoint(scope: scope, scheduler: scheduler),
                host: options.httpAddress, port: port, bodyBytesMax: options.maxBodySize.bytes,
                logger: Logger(label: "http-server") { _ in SwiftLogNoOpLogHandler() },
                onListening: { start.log(to: logger, port: $0) }),
            address: "\(options.httpAddress) port \(port)")
    }
}

/// What is said once, when requests are taken.
private struct StartLine: Sendable {
    let options: ServeOptions
    let report: BootReport

    func log(to logger: Logger, port: Int?) {
        let app = options.appPort.map {
            "\(AppAddress(host: options.appAddress, port: $0))"
        }
        let http = port.map { "\(AppAddress(host: options.httpAddress, port: $0))" }
        logger.info(
            "serving",
            metadata: [
                "http": "\(http ?? "off")",
                "app": "\(app ?? "none")",
                "app-id": "\(options.appID)",
                "namespace": "\(options.namespace)",
                "data-dir": "\(options.dataDir)",
                "jobs": "\(report.jobs)",
                "in-flight": "\(report.inFlight)",
                "head": "\(report.head)",
                "fold": "\(report.nanoseconds / 1_000_000) ms",
                "last-close": report.isAfterCleanClose ? "clean" : "unclean",
                "version": "\(Version.current)",
            ])
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

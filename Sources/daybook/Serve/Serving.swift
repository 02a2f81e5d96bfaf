// Assembles the services and runs them. The log is opened and folded before the first request is
// accepted. On SIGTERM the services stop in reverse order: the scheduler drains while the apps'
// answers still arrive, then the app's process ends, if there is one, then the calls, then the
// listeners close.

import Checkpoints
import DaprGRPC
import EventLog
import Failpoints
import GRPC
import Glibc
import LMDBLog
import Listeners
import Logging
import Operations
import Retention
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
    private let log: LogOutput

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
        let format = settings.logFormat
        let output = LogOutput(path: settings.logFile) {
            LineLogHandler.line(format, ofDropped: $0)
        }
        log = output
        LoggingSystem.bootstrap { _ in
            LineLogHandler(format: format, level: settings.logLevel, output: output)
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
        defer { log.flush() }
        for warning in settings.warnings { logger.warning("\(warning)") }
        if !options.dapr.ignored.isEmpty {
            logger.warning(
                "flags of Dapr's scheduler that mean nothing here are ignored",
                metadata: ["flags": "\(options.dapr.ignored.joined(separator: " "))"])
        }
        warnOfFailpoint()
        // Installed first, because SIGHUP would otherwise end the process.
        let hangUps = hangUpIsStop ? nil : await UnixSignalsSequence(trapping: .sighup)
        let scheduler = scheduler()
        let (sidecars, calls) = (SidecarMetrics(), GRPCMetrics())
        let unsent = UnsentBounds(logger: logger)
        let retention = RetentionKeeper(
            RetentionRules(age: settings.log.retain, bytes: settings.log.retainBytes),
            archive: settings.log.archiveDirectory, logger: logger
        ) { try await scheduler.forget($0) }
        let operating = Operating(
            settings: settings, scheduler: scheduler, unsent: unsent.answers, logger: logger
        ) {
            sidecars.metricFamilies + calls.metricFamilies + unsent.metricFamilies
                + log.metricFamilies + retention.metricFamilies
        }
        try await operating.around { admin in
            let report = try await start(scheduler, retention)
            let start = StartLine(
                settings: settings, report: report, admin: admin, logger: logger)
            Failpoint.listenersOpening.hit()
            let socket = OperatorSocket(in: settings.dataDirectory)
            // At the end the log is closed, and its directory may have another server.
            defer { socket.remove() }
            let health = ServerHealth {
                scheduler.metrics.liveness.isServing && start.isComplete
            }
            var services = try ServingDoors(
                settings: settings, apps: apps, unsent: unsent, logger: logger
            ).services(scheduler, sidecars, calls, health, start, socket)
            if let hangUps {
                let reload = TokenReload(
                    options: options, settings: settings, apps: apps, logger: logger)
                services.append(Rereading(reload: reload, hangUps: hangUps))
            }
            let writing = Writing(
                scheduler: scheduler, process: process, logger: logger, log: log)
            let running = process.map { process in
                AppProcessService(
                    process: process, start: start, scheduler: scheduler, logger: logger)
            }
            if retention.isNeeded { services.append(retention) }
            // As one service: whichever ends first also ends the other.
            services.append(
                running.map { Together(services: [writing, $0]) } ?? writing)
            // The first to stop, so that clients go elsewhere while triggers are waited for.
            services.append(Looking(health: health))
            try await ServiceGroup(configuration: configuration(services, process)).run()
        }
        logger.info("stopped")
    }

    private func scheduler() -> Scheduler {
        let checkpoints = Checkpointing(
            file: CheckpointFile(directory: settings.dataDirectory),
            interval: UInt64(settings.log.checkpointInterval))
        return Scheduler(
            zones: ZoneDirectory.ofSystem(), checkpoints: checkpoints,
            clockJumpMax: Int64(settings.log.clockJumpMax / .nanoseconds(1)))
    }

    private func warnOfFailpoint() {
        guard let armed = Failpoint.armed else { return }
        logger.warning(
            "a failpoint is armed: the process will kill itself there",
            metadata: ["failpoint": "\(armed)"])
    }

    private func start(
        _ scheduler: Scheduler, _ retention: RetentionKeeper
    ) async throws -> BootReport {
        let directory = settings.dataDirectory
        var store = LMDBOptions()
        // A volume is mounted above it, and nobody makes what is in between.
        store.makesParents =
            settings.shown.first { $0.key == SettingKey.dataDir.rawValue }?.origin
            == .flag(DaprFlags.dataDirectoryFlag)
        store.segmentBytes = settings.log.segmentBytes
        store.segmentAge = settings.log.segmentAge
        let options = store
        let progress = BootProgress(of: scheduler.metrics.liveness, logger: logger)
        let reporting = Task { await progress.run() }
        defer { reporting.cancel() }
        do {
            let report = try await scheduler.start(
                softwareVersion: Version.current, logger: logger
            ) { _ throws(LogError) in
                let log = try LMDBLog(directory: directory, options: options)
                try retention.open(log.segmentStore(options: options))
                return log
            }
            if FileSystem.othersMayWrite(in: directory) {
                logger.warning(
                    "the group or others may write in the data directory: they can replace the log",
                    metadata: ["data-dir": "\(directory)"])
            }
            return report
        } catch {
            throw Failure(error)
        }
    }

    /// Whether SIGHUP means "stop": it does when a terminal is closed. From a service manager it
    /// means "read the settings again", and never a stop, even if there is nothing to read.
    private var hangUpIsStop: Bool { !settings.canBeReread && getenv("NOTIFY_SOCKET") == nil }

    /// A graceful stop that takes too long is cut short.
    private func configuration(
        _ services: [any Service], _ process: AppProcess?
    ) -> ServiceGroupConfiguration {
        let endDuration = process == nil ? .zero : AppProcessService.endDuration
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                // If a listener cannot open its port, the log must still be closed.
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint] + (hangUpIsStop ? [.sighup] : []),
            logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() })
        configuration.maximumGracefulShutdownDuration = .seconds(8) + endDuration
        return configuration
    }
}

/// The writer. If it breaks, nothing may be answered any more, so this process and the app's
/// process end at once.
private struct Writing: Service {
    let scheduler: Scheduler
    let process: AppProcess?
    let logger: Logger
    let log: LogOutput

    func run() async throws {
        do {
            try await scheduler.run()
            process?.writerHasDrained()
        } catch {
            let failure = Failure(error)
            logger.critical("the writer broke", metadata: ["reason": "\(failure.reason)"])
            process?.endAtOnce()
            log.flush()
            _exit(failure.code)
        }
    }
}

/// Looks at the health regularly, to tell those who watch it.
private struct Looking: Service {
    let health: ServerHealth

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                health.look()
                try? await Task.sleep(for: AdminLimits.reportInterval)
            }
        }
        health.beginStopping()
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

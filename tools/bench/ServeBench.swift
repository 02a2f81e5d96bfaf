// Two listeners of one process with the same server, paths and parser: one makes every job durable,
// the other answers as if it had. What the log costs is the difference between them.

import ArgumentParser
import DaprAPI
import DaprHTTP
import EventLog
import Jobs
import LMDBLog
import Listeners
import Logging
import Scheduler
import SchedulerCore
import ServiceLifecycle
import UnixSignals

struct ServeBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the jobs API twice: durable, and as a bare echo.")

    @Option(help: "An empty directory for the log.") var dataDir: String
    @Option(help: "The port of the durable API.") var port: Int
    @Option(help: "The port of the echo.") var echoPort: Int

    func run() async throws {
        let directory = dataDir
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let scheduler = Scheduler(zones: FixedZones())
        _ = try await scheduler.start(softwareVersion: "bench", logger: logger) {
            _ throws(LogError) in try LMDBLog(directory: directory)
        }
        let scope = try WireScope(namespace: "default", appID: "bench")
        let about = WireMetadata(softwareVersion: "bench", app: nil)
        let durable = JobsEndpoint(scope: scope, jobs: scheduler, about: about)
        let echo = JobsEndpoint(scope: scope, jobs: Echo(), about: about)
        let services: [any Service] = [
            HTTPServer(endpoint: echo, on: .host("127.0.0.1", port: echoPort), logger: logger),
            HTTPServer(endpoint: durable, on: .host("127.0.0.1", port: port), logger: logger),
            scheduler,
        ]
        try await ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}

/// Takes every job and keeps none.
private struct Echo: JobsService {
    let zones: any ZoneSource = FixedZones()

    func acceptClock() -> (wasHeld: Bool, isHeld: Bool) { (false, false) }
    func schedule(_ plan: JobPlan) {}
    func get(_ id: JobID) throws(Rejection) -> (job: StoredJob, status: JobStatus) {
        throw .notFound(id)
    }
    func list(_ prefix: JobPrefix, after last: JobID?, limit: Int) -> StoredPage {
        StoredPage(prefix: prefix, jobs: [], hasMore: false)
    }
    func delete(_ id: JobID, by caller: Caller) {}
    func deleteAll(_ prefix: JobPrefix, by caller: Caller) -> Int { 0 }
    func deleteAll(in namespace: JobNamespace, by caller: Caller) -> Int { 0 }
    func history(_ request: HistoryRequest) throws(Rejection) -> HistoryPage { throw .unavailable }
    func outcomes(_ request: OutcomeRequest) throws(Rejection) -> OutcomePage { throw .unavailable }
    func countRefusedSchedule(isOfApp: Bool) {}
}

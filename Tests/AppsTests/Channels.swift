import APISupport
import Apps
import Scheduler
import ServiceLifecycle

extension Place {
    /// Runs `channels` and their scheduler while `body` uses the API, and stops them in a server's
    /// order.
    func run(
        _ channels: [AppChannel], _ scheduler: Scheduler, _ body: (API) async throws -> Void
    ) async throws {
        let services: [any Service] = channels + [scheduler]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { service in
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                }, logger: silent))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            try await body(API(endpoint: endpoint(scheduler)))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

extension BackOff {
    /// Probes for an app again almost at once.
    static var hasty: BackOff {
        var backOff = BackOff()
        backOff.first = .milliseconds(1)
        backOff.max = .milliseconds(5)
        backOff.futileFirst = .milliseconds(1)
        backOff.unavailableFirst = .milliseconds(1)
        return backOff
    }
}

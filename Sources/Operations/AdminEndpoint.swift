// The answers of the admin listener: metrics, liveness, readiness and the progress of a boot.
// Nothing can be changed here, so no token is required.

package import HTTPTypes
package import Logging
package import Scheduler
package import Telemetry

/// An answer before it is sent.
package struct AdminAnswer: Equatable, Sendable {
    package let status: HTTPResponse.Status
    package var contentType = "text/plain; charset=utf-8"
    package var body = ""
}

package struct AdminEndpoint: Sendable {
    private let scheduler: Scheduler
    private let softwareVersion: String
    private let disk: LogDisk
    private let isListening: @Sendable () -> Bool
    private var showsMetrics = true
    private let others: @Sendable () -> [MetricFamily]

    /// `directory` is the data directory; its disk is measured once a second, and told to `logger`
    /// if it will soon be full. `isListening` tells
    /// whether every port accepts requests; `others` are metrics from outside the scheduler. Both
    /// are asked at each request.
    package init(
        scheduler: Scheduler, softwareVersion: String, directory: String, logger: Logger? = nil,
        isListening: @escaping @Sendable () -> Bool = { true },
        others: @escaping @Sendable () -> [MetricFamily] = { [] }
    ) {
        self.scheduler = scheduler
        self.softwareVersion = softwareVersion
        self.isListening = isListening
        self.others = others
        disk = LogDisk(directory: directory, logger: logger)
    }

    /// The same without metrics, as on the health port of Dapr's scheduler.
    package var ofHealthAlone: AdminEndpoint {
        var endpoint = self
        endpoint.showsMetrics = false
        return endpoint
    }

    package func answer(_ method: HTTPRequest.Method, path: String) -> AdminAnswer {
        let path = path.prefix { $0 != "?" }
        let answer: () -> AdminAnswer
        switch path {
        // Dapr: pkg/metrics/exporter.go, metrics at the root.
        case "/" where showsMetrics, "/metrics" where showsMetrics: answer = metrics
        case "/healthz": answer = health
        case "/livez": answer = liveness
        case "/readyz": answer = readiness
        default: return AdminAnswer(status: .notFound, body: "nothing here\n")
        }
        guard method == .get else {
            return AdminAnswer(status: .methodNotAllowed, body: "only GET\n")
        }
        return answer()
    }

    private var writerLiveness: Liveness { scheduler.metrics.liveness }

    /// Whether requests are accepted, at every port, and answered.
    private var isReady: Bool { writerLiveness.isServing && isListening() }

    private func metrics() -> AdminAnswer {
        let version = Sample(1, Label("version", softwareVersion))
        let build = MetricFamily(
            "daybook_build_info", "Always 1; the label is the version.", .gauge([version]))
        let families =
            [build] + scheduler.metricFamilies + others() + disk.metricFamilies
            + ProcessUsage.metricFamilies
        return AdminAnswer(
            status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8",
            body: families.prometheusText)
    }

    /// Dapr: cmd/scheduler, `/healthz` of the healthz port.
    private func health() -> AdminAnswer {
        AdminAnswer(status: isReady ? .ok : .serviceUnavailable)
    }

    /// Whether a restart might help.
    private func liveness() -> AdminAnswer {
        let milliseconds = writerLiveness.silence / 1_000_000
        return json(
            writerLiveness.isAlive,
            "{\"alive\":\(writerLiveness.isAlive),\"silentMs\":\(milliseconds)}\n")
    }

    /// Whether requests are accepted and answered; if not, the progress of the boot. A hanging
    /// writer is not ready.
    private func readiness() -> AdminAnswer {
        let isReady = isReady
        let isOpeningPorts = writerLiveness.phase == .serving && !isListening()
        let phase = isOpeningPorts ? "listening" : "\(writerLiveness.phase)"
        let (folded, end) = writerLiveness.progress
        let isHeld = writerLiveness.isClockHeld
        return json(
            isReady,
            """
            {"ready":\(isReady),"phase":"\(phase)",\
            "recordsFolded":\(folded),"recordsToFold":\(end),"clockHeld":\(isHeld)}

            """)
    }

    private func json(_ isGood: Bool, _ body: String) -> AdminAnswer {
        AdminAnswer(
            status: isGood ? .ok : .serviceUnavailable, contentType: "application/json",
            body: body)
    }
}

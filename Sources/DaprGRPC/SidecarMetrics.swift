// Metrics about sidecars, under the names used by Dapr's scheduler:
// pkg/scheduler/monitoring/metrics.go.

import Synchronization
package import Telemetry

/// Counts of the scheduler service since the start of the process.
package final class SidecarMetrics: Sendable {
    /// A kind of failure with a sidecar.
    enum Failure: String, CaseIterable {
        /// A trigger could not be written to its stream.
        case send = "send_failed"
        /// A stream broke, or its client sent invalid messages.
        case receive = "recv_failed"
        /// A request or a stream did not name its namespace or app.
        case authorization = "auth_failed"
    }

    private struct Counts {
        var streams = 0
        var failures: [Failure: Int] = [:]
    }

    private let counts = Mutex(Counts())

    package init() {}

    func streamOpened() { counts.withLock { $0.streams += 1 } }

    func streamEnded() { counts.withLock { $0.streams -= 1 } }

    func count(_ failure: Failure) { counts.withLock { $0.failures[failure, default: 0] += 1 } }

    package var metricFamilies: [MetricFamily] {
        let counts = counts.withLock { $0 }
        return [
            .gauge(
                "dapr_scheduler_sidecars_connected",
                "Streams of triggers that are open; a sidecar has one for each app.",
                Double(counts.streams)),
            MetricFamily(
                "dapr_scheduler_sidecar_errors_total",
                "What went wrong with sidecars: triggers that could not be written, streams that "
                    + "broke off, requests that do not say whose they are.",
                .counter(
                    Failure.allCases.map { failure in
                        Sample(
                            Double(counts.failures[failure, default: 0]),
                            Label("reason", failure.rawValue))
                    })),
        ]
    }
}

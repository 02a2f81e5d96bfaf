import Synchronization
package import Telemetry

/// Calls and connections that gRPC rejected since the start of the process.
package final class GRPCMetrics: Sendable {
    package enum Ending: String, CaseIterable, Sendable {
        /// A connection sent too many control frames.
        case controlFrames = "control_frames"
        /// A connection violated HTTP/2.
        case protocolError = "protocol_error"
    }

    private struct Counts {
        var refusals: [GRPCStatus.Code: Int] = [:]
        var endings: [Ending: Int] = [:]
    }

    private let counts = Mutex(Counts())

    package init() {}

    /// A call was rejected or given up before its method was called.
    package func refused(_ code: GRPCStatus.Code) {
        counts.withLock { $0.refusals[code, default: 0] += 1 }
    }

    /// A connection was ended by this process.
    package func ended(_ ending: Ending) {
        counts.withLock { $0.endings[ending, default: 0] += 1 }
    }

    package var metricFamilies: [MetricFamily] {
        let counts = counts.withLock { $0 }
        return [
            MetricFamily(
                "daybook_grpc_refused_total",
                "Calls that were refused, or given up, before they came to their method, by the "
                    + "code of their status.",
                .counter(
                    GRPCStatus.Code.allCases.compactMap { code in
                        counts.refusals[code].map { Sample(Double($0), Label("code", code.name)) }
                    })),
            MetricFamily(
                "daybook_grpc_connections_ended_total",
                "Connections of clients and apps that were ended because of what came over them.",
                .counter(
                    Ending.allCases.map {
                        Sample(
                            Double(counts.endings[$0, default: 0]), Label("reason", $0.rawValue))
                    })),
        ]
    }
}

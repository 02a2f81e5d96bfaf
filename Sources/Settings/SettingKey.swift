// All settings in one table: their names in the file, as flags and in the environment, and their
// defaults.

/// The raw value is the key in the file; in the environment it is `DAYBOOK_` and the key in
/// capitals.
package enum SettingKey: String, CaseIterable, Sendable {
    case dataDir = "data-dir"
    case checkpointInterval = "checkpoint-interval"
    case clockJumpMax = "clock-jump-max"
    case segmentBytes = "segment-bytes"
    case segmentAge = "segment-age"
    case retain
    case retainBytes = "retain-bytes"
    case archiveDir = "archive-dir"
    case httpAddress = "http-address"
    case allowedHosts = "allowed-hosts"
    case insecure
    case schedulerAddress = "scheduler-address"
    case schedulerPort = "scheduler-port"
    case schedulerOnly = "scheduler-only"
    case broadcastAddress = "override-broadcast-host-port"
    case metricsAddress = "metrics-address"
    case metricsPort = "metrics-port"
    case healthzAddress = "healthz-address"
    case healthzPort = "healthz-port"
    case maxBodySize = "max-body-size"
    case logFormat = "log-format"
    case logLevel = "log-level"
    case logFile = "log-file"
    case namespace
    case apiToken = "api-token"
    case apiTokenFile = "api-token-file"
    case appAPIToken = "app-api-token"
    case appAPITokenFile = "app-api-token-file"
    case maxInFlight = "max-in-flight"
    case jobTimeout = "job-timeout"
    case appID = "app-id"
    case httpPort = "http-port"
    case grpcPort = "grpc-port"
    case appPort = "app-port"
    case appAddresses = "app-addresses"
    case appProtocol = "app-protocol"

    /// What a setting applies to.
    enum Scope {
        case process
        /// An app; outside `apps` it is the default for every app without its own value.
        case anyApp
        /// One app: outside `apps` it applies to the only app.
        case oneApp
    }

    var scope: Scope {
        switch self {
        case .dataDir, .checkpointInterval, .clockJumpMax, .segmentBytes, .segmentAge,
            .retain, .retainBytes, .archiveDir,
            .httpAddress, .allowedHosts, .insecure, .schedulerAddress,
            .schedulerPort, .schedulerOnly, .broadcastAddress,
            .metricsAddress, .metricsPort, .healthzAddress, .healthzPort, .maxBodySize,
            .logFormat, .logLevel, .logFile:
            .process
        case .namespace, .apiToken, .apiTokenFile, .appAPIToken, .appAPITokenFile, .maxInFlight,
            .jobTimeout:
            .anyApp
        case .appID, .httpPort, .grpcPort, .appPort, .appAddresses, .appProtocol: .oneApp
        }
    }

    /// The key under `apps` in the file.
    var keyOfApp: String { self == .appID ? "id" : rawValue }

    /// `nil` for secrets, which must not appear in a list of processes.
    package var flag: String? {
        switch self {
        case .apiToken, .appAPIToken: nil
        // Repeated for every address.
        case .appAddresses: "--app-address"
        case .dataDir, .checkpointInterval, .clockJumpMax, .segmentBytes, .segmentAge,
            .retain, .retainBytes, .archiveDir,
            .httpAddress, .allowedHosts, .insecure, .schedulerAddress,
            .schedulerPort, .schedulerOnly, .broadcastAddress,
            .metricsAddress, .metricsPort, .healthzAddress, .healthzPort, .maxBodySize,
            .logFormat, .logLevel, .logFile, .namespace, .apiTokenFile, .appAPITokenFile,
            .maxInFlight, .jobTimeout, .appID, .httpPort, .grpcPort, .appPort, .appProtocol:
            "--\(rawValue)"
        }
    }

    /// Environment variables; the first one set wins. Dapr's variable comes after Daybook's own.
    package var variables: [String] {
        let ours =
            "DAYBOOK_"
            + String(rawValue.map { $0 == "-" ? "_" : Character($0.uppercased()) })
        let daprs: String? =
            switch self {
            case .namespace: "NAMESPACE"
            case .apiToken: "DAPR_API_TOKEN"
            case .appAPIToken: "APP_API_TOKEN"
            case .appID: "APP_ID"
            case .httpPort: "DAPR_HTTP_PORT"
            case .grpcPort: "DAPR_GRPC_PORT"
            case .appPort: "APP_PORT"
            case .appProtocol: "APP_PROTOCOL"
            case .dataDir, .checkpointInterval, .clockJumpMax, .segmentBytes, .segmentAge,
                .retain, .retainBytes, .archiveDir,
                .httpAddress, .allowedHosts, .insecure,
                .schedulerAddress, .schedulerPort, .schedulerOnly, .broadcastAddress,
                .metricsAddress, .metricsPort, .healthzAddress, .healthzPort, .maxBodySize,
                .logFormat, .logLevel, .logFile, .apiTokenFile, .appAPITokenFile, .maxInFlight,
                .jobTimeout, .appAddresses:
                nil
            }
        return [ours] + (daprs.map { [$0] } ?? [])
    }

    /// The default; `nil` if there is none.
    package var standard: String? {
        switch self {
        case .dataDir: "./daybook-data"
        case .checkpointInterval: "250000"
        case .clockJumpMax: "1h"
        case .segmentBytes: "1Gi"
        case .segmentAge: "24h"
        case .retain, .retainBytes: "off"
        case .httpAddress, .schedulerAddress, .metricsAddress, .healthzAddress: "127.0.0.1"
        case .insecure, .schedulerOnly: "false"
        case .schedulerPort: "50006"
        case .metricsPort: "9090"
        case .healthzPort: "0"
        case .maxBodySize: "4Mi"
        case .logFormat: "text"
        case .logLevel: "info"
        case .namespace: "default"
        case .maxInFlight: "64"
        case .jobTimeout: "off"
        case .appID: "app"
        case .httpPort: "3500"
        case .grpcPort: "50001"
        case .appProtocol: "http"
        case .archiveDir, .allowedHosts, .broadcastAddress, .logFile, .apiToken, .apiTokenFile,
            .appAPIToken,
            .appAPITokenFile, .appPort, .appAddresses:
            nil
        }
    }
}

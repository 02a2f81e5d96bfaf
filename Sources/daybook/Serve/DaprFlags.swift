// The flags of Dapr's own scheduler, so that a command line written for it starts Daybook instead.
// Dapr: cmd/scheduler/options/options.go. Each either corresponds to a flag of Daybook's or is
// ignored.

import ArgumentParser
import Settings

struct DaprFlags: ParsableArguments {
    // Flags that have a meaning here.
    @Option var port: String?
    @Option var listenAddress: String?
    @Option var enableMetrics: String?
    @Option var metricsListenAddress: String?
    @Flag var logAsJSON = false
    @Option var tlsEnabled: String?

    // Flags for a cluster and its store, which Daybook does not have.
    @Option var id: String?
    @Option var mode: String?
    @Option var workers: String?
    @Option var healthzPort: String?
    @Option var healthzListenAddress: String?
    @Option var trustDomain: String?
    @Option var trustAnchorsFile: String?
    @Option var sentryAddress: String?
    @Option var replicaCount: String?
    @Option var kubeconfig: String?
    @Option var etcdEmbed: String?
    @Option var etcdInitialCluster: String?
    @Option var etcdDataDir: String?
    @Option var etcdClientPort: String?
    @Option var etcdClientListenAddress: String?
    @Option var etcdClientEndpoints: [String] = []
    @Option var etcdClientUsername: String?
    @Option var etcdClientPassword: String?
    @Option var etcdSpaceQuota: String?
    @Option var etcdCompactionMode: String?
    @Option var etcdCompactionRetention: String?
    @Option var etcdSnapshotCount: String?
    @Option var etcdMaxSnapshots: String?
    @Option var etcdMaxWals: String?
    @Option var etcdBackendBatchLimit: String?
    @Option var etcdBackendBatchInterval: String?
    @Option var etcdMaxTxnOps: String?
    @Option var etcdExperimentalBootstrapDefragThresholdMegabytes: String?
    @Option var etcdInitialElectionTickAdvance: String?
    @Option var etcdMetrics: String?

    /// The corresponding flags of Daybook's, which take precedence if given.
    var flags: [SettingKey: [String]] {
        let all: [(SettingKey, String?)] = [
            (.schedulerPort, port),
            // Dapr's empty address means all addresses.
            (.schedulerAddress, listenAddress.map { $0.isEmpty ? "0.0.0.0" : $0 }),
            (.metricsPort, enableMetrics == "false" ? "0" : nil),
            (.metricsAddress, metricsListenAddress.map { $0.isEmpty ? "0.0.0.0" : $0 }),
            (.logFormat, logAsJSON ? "json" : nil),
        ]
        var flags: [SettingKey: [String]] = [:]
        for case (let key, let text?) in all { flags[key] = [text] }
        return flags
    }

    /// The given flags that have no meaning here, as written.
    var ignored: [String] {
        let cluster: [(String, String?)] = [
            ("--id", id), ("--mode", mode), ("--workers", workers),
            ("--healthz-port", healthzPort), ("--healthz-listen-address", healthzListenAddress),
            ("--trust-domain", trustDomain), ("--trust-anchors-file", trustAnchorsFile),
            ("--sentry-address", sentryAddress), ("--replica-count", replicaCount),
            ("--kubeconfig", kubeconfig),
        ]
        let store: [(String, String?)] = [
            ("--etcd-embed", etcdEmbed), ("--etcd-initial-cluster", etcdInitialCluster),
            ("--etcd-data-dir", etcdDataDir), ("--etcd-client-port", etcdClientPort),
            ("--etcd-client-listen-address", etcdClientListenAddress),
            ("--etcd-client-endpoints", etcdClientEndpoints.first),
            ("--etcd-client-username", etcdClientUsername),
            ("--etcd-client-password", etcdClientPassword),
            ("--etcd-space-quota", etcdSpaceQuota),
            ("--etcd-compaction-mode", etcdCompactionMode),
            ("--etcd-compaction-retention", etcdCompactionRetention),
            ("--etcd-snapshot-count", etcdSnapshotCount),
            ("--etcd-max-snapshots", etcdMaxSnapshots), ("--etcd-max-wals", etcdMaxWals),
            ("--etcd-backend-batch-limit", etcdBackendBatchLimit),
            ("--etcd-backend-batch-interval", etcdBackendBatchInterval),
            ("--etcd-max-txn-ops", etcdMaxTxnOps),
            (
                "--etcd-experimental-bootstrap-defrag-threshold-megabytes",
                etcdExperimentalBootstrapDefragThresholdMegabytes
            ),
            ("--etcd-initial-election-tick-advance", etcdInitialElectionTickAdvance),
            ("--etcd-metrics", etcdMetrics),
        ]
        return (cluster + store).filter { $0.1 != nil }.map(\.0)
    }

    func validate() throws {
        if tlsEnabled == "true" {
            throw ValidationError("--tls-enabled: there is no TLS yet")
        }
    }
}

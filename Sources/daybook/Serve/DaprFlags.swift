// The flags of Dapr's own scheduler, so that a command line written for it starts Daybook instead.
// Dapr: cmd/scheduler/options/options.go. Each corresponds to a flag of Daybook's, is refused, or is
// ignored with a warning.

import ArgumentParser
import Settings

struct DaprFlags: ParsableArguments {
    // Flags that have a meaning here.
    @Option var port: String?
    @Option var listenAddress: String?
    @Option var enableMetrics: String?
    @Option var metricsListenAddress: String?
    @Option var healthzListenAddress: String?
    @Option var logAsJSON: String?
    @Option var etcdDataDir: String?

    // Flags that are refused with some values.
    @Option var tlsEnabled: String?
    @Option var etcdInitialCluster: [String] = []

    // Flags for a cluster, its identity and its store, which Daybook does not have.
    @Option var id: String?
    @Option var mode: String?
    @Option var workers: String?
    @Option var trustDomain: String?
    @Option var trustAnchorsFile: String?
    @Option var sentryAddress: String?
    @Option var identityDirectoryWrite: String?
    @Option var replicaCount: String?
    @Option var kubeconfig: String?
    @Option var etcdEmbed: String?
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

    /// The corresponding flags of Daybook's, which take precedence if given. `isOpen`: anyone who
    /// reaches the address may schedule jobs.
    func flags(isOpen: Bool) -> [SettingKey: [String]] {
        let all: [(SettingKey, String?)] = [
            (.schedulerPort, port), (.schedulerAddress, address(isOpen: isOpen)),
            (.metricsPort, DaprFlags.boolean(enableMetrics) == false ? "0" : nil),
            (.metricsAddress, metricsListenAddress.map(DaprFlags.everywhereIfEmpty)),
            (.healthzAddress, healthzListenAddress.map(DaprFlags.everywhereIfEmpty)),
            (.logFormat, DaprFlags.boolean(logAsJSON) == true ? "json" : nil),
        ]
        var flags: [SettingKey: [String]] = [:]
        for case (let key, let text?) in all { flags[key] = [text] }
        return flags
    }

    /// What Dapr's scheduler does where Daybook is told nothing: the directory of its store holds
    /// the log, metrics and health are where the service is, and health has a port of its own.
    func fallbacks(isOpen: Bool) -> [SettingKey: SettingSources.Fallback] {
        var fallbacks: [SettingKey: SettingSources.Fallback] = [:]
        if let etcdDataDir {
            fallbacks[.dataDir] = SettingSources.Fallback(
                etcdDataDir, flag: DaprFlags.dataDirectoryFlag)
        }
        if let address = address(isOpen: isOpen) {
            fallbacks[.metricsAddress] = SettingSources.Fallback(address, flag: "--listen-address")
            fallbacks[.healthzAddress] = SettingSources.Fallback(address, flag: "--listen-address")
        }
        if let flag = given.first {
            fallbacks[.healthzPort] = SettingSources.Fallback(DaprFlags.healthzPort, flag: flag)
        }
        return fallbacks
    }

    static let dataDirectoryFlag = "--etcd-data-dir"
    private static let healthzPort = "8080"

    /// Dapr's empty address means every address. It is loopback here while others must not reach it.
    private func address(isOpen: Bool) -> String? {
        guard listenAddress == "" else { return listenAddress }
        return isOpen ? "0.0.0.0" : nil
    }

    private static func everywhereIfEmpty(_ address: String) -> String {
        address.isEmpty ? "0.0.0.0" : address
    }

    /// The given flags that have no meaning here, as written.
    var ignored: [String] {
        let all: [(String, String?)] = [
            ("--id", id), ("--mode", mode), ("--workers", workers),
            ("--trust-domain", trustDomain), ("--trust-anchors-file", trustAnchorsFile),
            ("--sentry-address", sentryAddress),
            ("--identity-directory-write", identityDirectoryWrite),
            ("--replica-count", replicaCount), ("--kubeconfig", kubeconfig),
            ("--etcd-embed", etcdEmbed), ("--etcd-initial-cluster", etcdInitialCluster.first),
            ("--etcd-client-port", etcdClientPort),
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
        return all.filter { $0.1 != nil }.map(\.0)
    }

    /// All given flags, as written.
    private var given: [String] {
        let meant: [(String, String?)] = [
            ("--port", port), ("--listen-address", listenAddress),
            ("--enable-metrics", enableMetrics),
            ("--metrics-listen-address", metricsListenAddress),
            ("--healthz-listen-address", healthzListenAddress), ("--log-as-json", logAsJSON),
            (DaprFlags.dataDirectoryFlag, etcdDataDir), ("--tls-enabled", tlsEnabled),
        ]
        return meant.filter { $0.1 != nil }.map(\.0) + ignored
    }

    func validate() throws {
        let booleans = [
            ("--enable-metrics", enableMetrics), ("--log-as-json", logAsJSON),
            ("--tls-enabled", tlsEnabled), ("--etcd-embed", etcdEmbed),
            ("--etcd-initial-election-tick-advance", etcdInitialElectionTickAdvance),
        ]
        for case (let name, let text?) in booleans where DaprFlags.boolean(text) == nil {
            throw ValidationError("\(name) must be true or false, not \"\(text)\"")
        }
        if DaprFlags.boolean(tlsEnabled) == true {
            throw ValidationError(
                "--tls-enabled: there is no TLS yet, and without it sidecars would be served in"
                    + " plain text")
        }
        let members = etcdInitialCluster.flatMap { $0.split(separator: ",") }
        if members.count > 1 {
            throw ValidationError(
                "--etcd-initial-cluster names \(members.count) members, and there is no cluster"
                    + " yet: each process would be a scheduler by itself, with jobs of its own;"
                    + " start one process, with one member")
        }
    }
}

// Go: strconv.ParseBool, and flags of pflag.
extension DaprFlags {
    private static let booleanFlags: Set = [
        "--enable-metrics", "--log-as-json", "--tls-enabled", "--etcd-embed",
        "--etcd-initial-election-tick-advance",
    ]

    /// `nil` for a text that is no truth value.
    private static func boolean(_ text: String?) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// The arguments of a process in a form that the parser knows: with `true` for every flag of
    /// Dapr's that may stand without a value, and an empty address as an argument of its own. What
    /// follows "--" is left as it is.
    static func completed(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return arguments.indices.flatMap { index in
            let argument = arguments[index]
            if index >= end { return [argument] }
            if argument.hasSuffix("listen-address=") { return [String(argument.dropLast()), ""] }
            let isBare =
                booleanFlags.contains(argument) && boolean(arguments[(index + 1)...].first) == nil
            return [isBare ? argument + "=true" : argument]
        }
    }
}

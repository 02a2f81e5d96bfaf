// swift-tools-version: 6.2
import PackageDescription

// Strict everywhere: Swift 6 mode comes with the tools version; a warning is an error.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// Products of other packages, named once.
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let swiftProtobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

/// A library of the architecture; a layer may import only what stands here
/// (`--explicit-target-dependency-import-check`).
func layer(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources,
        swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [])
    -> Target
{
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, resources: resources,
        swiftSettings: strict)
}

let package = Package(
    name: "daybook",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floors 0 to 7, lowest first: imports run one way.
        layer("EventLog", [crypto]),
        layer("Failpoints", []),
        layer("Telemetry", []),
        layer(
            "Listeners",
            [
                "Telemetry", hummingbirdCore, httpTypes, logging, nioCore, nioHTTP1, nioPosix,
                serviceLifecycle,
            ]),
        layer(
            "GRPC",
            [
                "Listeners", "Telemetry", hummingbirdCore, nioCore, nioHPACK, nioHTTP2, nioPosix,
                serviceLifecycle, swiftProtobuf,
            ]),
        .systemLibrary(
            name: "CLMDB", providers: [.apt(["liblmdb-dev"])]),
        layer("LMDBLog", ["CLMDB", "EventLog", "Failpoints"]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        layer("Archives", ["CZlib", "LMDBLog", "EventLog"]),
        layer("Jobs", ["EventLog"]),
        layer("EventText", ["Jobs", "EventLog"]),
        layer("JobState", ["Jobs", "EventLog"]),
        layer("SchedulerCore", ["JobState", "Jobs", "EventLog"]),
        layer("Checkpoints", ["JobState", "EventLog", "Failpoints"]),
        layer("Audit", ["EventText", "Jobs", "EventLog"]),
        layer("ZoneInfo", ["Jobs"]),
        layer(
            "Scheduler",
            [
                "SchedulerCore", "Checkpoints", "JobState", "Jobs", "EventLog", "Failpoints",
                "Telemetry", logging, serviceLifecycle,
            ]),
        layer(
            "Retention",
            [
                "Scheduler", "Archives", "LMDBLog", "Audit", "JobState", "Jobs", "EventLog",
                "Failpoints", "Telemetry", logging, serviceLifecycle,
            ]),
        layer(
            "DaprProtos", [swiftProtobuf], exclude: ["Proto"],
            resources: [.embedInCode("Generated/descriptors.binpb")]),
        layer("Settings", ["Jobs", yams]),
        layer(
            "DaprAPI", ["SchedulerCore", "Jobs", "DaprProtos", swiftProtobuf, httpTypes]),
        layer(
            "DaprHTTP",
            [
                "DaprAPI", "Listeners", "Scheduler", "SchedulerCore", "EventText", "Jobs",
                "EventLog", "DaprProtos", swiftProtobuf, hummingbirdCore, httpTypes, logging,
                nioCore, serviceLifecycle,
            ], resources: [.embedInCode("OpenAPI/openapi.json")]),
        layer(
            "OperatorAPI",
            [
                "DaprAPI", "DaprHTTP", "Listeners", "Scheduler", "SchedulerCore", "Jobs",
                "DaprProtos", httpTypes,
            ]),
        layer(
            "DaprGRPC",
            [
                "DaprAPI", "GRPC", "Listeners", "Scheduler", "SchedulerCore", "Jobs", "EventLog",
                "Failpoints", "Telemetry", "DaprProtos", swiftProtobuf, logging, nioHPACK,
            ]),
        layer(
            "Apps",
            [
                "DaprAPI", "GRPC", "Scheduler", "SchedulerCore", "Jobs", "EventLog", "Failpoints",
                "DaprProtos", swiftProtobuf, asyncHTTPClient, logging, nioCore, nioHTTP1, nioPosix,
                serviceLifecycle,
            ]),
        layer(
            "Operations",
            [
                "Listeners", "Scheduler", "Telemetry", hummingbirdCore, httpTypes, logging, nioCore,
                serviceLifecycle,
            ]),
        layer(
            "DaprExport", ["DaprAPI", "Jobs", "EventLog", "DaprProtos", swiftProtobuf]),
        layer("Simulation", ["SchedulerCore", "JobState", "Audit", "Jobs", "EventLog"]),
        .executableTarget(
            name: "daybook",
            dependencies: [
                "Apps", "DaprHTTP", "DaprGRPC", "DaprAPI", "DaprExport", "OperatorAPI", "GRPC",
                "Operations",
                "Settings", "Audit", "JobState", "Retention", "Scheduler", "Checkpoints",
                "ZoneInfo", "LMDBLog",
                "Listeners",
                "Telemetry", "EventText", "Jobs", "EventLog", "Failpoints", argumentParser,
                asyncHTTPClient, nioCore, nioHTTP1,
                nioPosix, logging, serviceLifecycle, unixSignals,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "daybook-replay",
            dependencies: [
                "Archives", "Audit", "Checkpoints", "SchedulerCore", "JobState", "EventText", "Jobs",
                "LMDBLog", "EventLog", "Failpoints", argumentParser,
            ],
            path: "tools/replay", swiftSettings: strict),
        .executableTarget(
            name: "daybook-simulate", dependencies: ["Simulation", "Audit", argumentParser],
            path: "tools/simulate", swiftSettings: strict),
        .executableTarget(
            name: "daybook-bench",
            dependencies: [
                "Simulation", "DaprHTTP", "DaprAPI", "Scheduler", "SchedulerCore", "Checkpoints",
                "JobState", "ZoneInfo", "LMDBLog", "Listeners", "Jobs", "EventLog", "DaprProtos",
                swiftProtobuf,
                argumentParser, logging, nioCore, nioHPACK, nioHTTP1, nioHTTP2, nioPosix,
                serviceLifecycle, unixSignals,
            ],
            path: "tools/bench", exclude: ["RESULTS.md", "run", "suite"],
            swiftSettings: strict),
        .target(
            name: "Doors",
            dependencies: [
                "Simulation", "DaprHTTP", "DaprGRPC", "DaprAPI", "DaprExport", "GRPC", "Scheduler",
                "SchedulerCore", "JobState", "Jobs", "EventLog", "DaprProtos", "TestSupport",
                "Apps", httpTypes, nioCore, nioEmbedded, nioHPACK, nioHTTP1, swiftProtobuf,
            ],
            path: "tools/fuzz/Doors", swiftSettings: strict),
        .executableTarget(
            name: "daybook-fuzz", dependencies: ["Doors", "Simulation", argumentParser],
            path: "tools/fuzz/Engine", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Jobs", "EventLog"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests(of: "EventLog", ["EventLog", "TestSupport"]),
        tests(of: "Failpoints", ["Failpoints"]),
        tests(of: "Telemetry", ["Telemetry"]),
        tests(of: "Listeners", ["Listeners", nioCore, nioEmbedded]),
        tests(of: "GRPC", ["GRPC", "Telemetry", nioCore, nioHPACK, nioPosix, swiftProtobuf]),
        tests(of: "LMDBLog", ["LMDBLog", "CLMDB", "EventLog", "TestSupport"]),
        tests(
            of: "Retention",
            [
                "Retention", "Archives", "Simulation", "LMDBLog", "Audit", "JobState", "Jobs", "EventLog",
                "TestSupport",
            ]),
        tests(
            of: "Jobs", ["Jobs", "EventLog", "TestSupport"],
            resources: [.copy("Fixtures"), .copy("Golden")]),
        tests(of: "EventText", ["EventText", "Jobs", "EventLog"]),
        tests(of: "JobState", ["JobState", "Jobs", "EventLog", "TestSupport"]),
        .testTarget(
            name: "SchedulerCoreTests",
            dependencies: ["SchedulerCore", "JobState", "Jobs", "EventLog", "TestSupport"],
            exclude: ["Transcripts"], swiftSettings: strict),
        tests(of: "Audit", ["Audit", "EventText", "Jobs", "EventLog", "TestSupport"]),
        tests(of: "ZoneInfo", ["ZoneInfo", "Jobs", "TestSupport"]),
        tests(
            of: "Scheduler",
            [
                "Scheduler", "SchedulerCore", "Checkpoints", "JobState", "Audit", "Jobs",
                "EventLog",
                "Telemetry", "TestSupport", logging,
            ]),
        tests(of: "Settings", ["Settings"]),
        tests(
            of: "Operations",
            [
                "Operations", "Scheduler", "SchedulerCore", "Jobs", "EventLog", "Telemetry",
                "TestSupport", httpTypes, logging,
            ]),
        .target(
            name: "APISupport",
            dependencies: [
                "DaprAPI", "DaprHTTP", "Scheduler", "Jobs", "EventLog", "TestSupport",
                swiftProtobuf, httpTypes, logging,
            ], path: "Tests/APISupport", swiftSettings: strict),
        tests(of: "DaprAPI", ["DaprAPI", "Jobs", "TestSupport", swiftProtobuf, httpTypes]),
        tests(
            of: "DaprHTTP",
            [
                "APISupport", "DaprAPI", "DaprHTTP", "Listeners", "Scheduler", "SchedulerCore",
                "EventText", "Jobs", swiftProtobuf, asyncHTTPClient, httpTypes, logging, nioCore,
                nioHTTP1, nioPosix, serviceLifecycle,
            ], resources: [.copy("Fixtures")]),
        tests(
            of: "OperatorAPI",
            [
                "APISupport", "DaprAPI", "DaprHTTP", "OperatorAPI", "Scheduler", "Jobs",
                "EventLog", swiftProtobuf, httpTypes,
            ]),
        tests(
            of: "Apps",
            [
                "APISupport", "Apps", "DaprAPI", "DaprHTTP", "Scheduler", "SchedulerCore", "Jobs",
                "EventLog", httpTypes, logging, nioCore, nioPosix, serviceLifecycle,
            ]),
        tests(
            of: "DaprGRPC",
            [
                "DaprGRPC", "GRPC", "DaprAPI", "DaprProtos", "Scheduler", "SchedulerCore", "Jobs",
                "EventLog", "TestSupport", logging, nioHPACK, swiftProtobuf,
            ]),
        tests(
            of: "DaprExport",
            [
                "DaprExport", "DaprProtos", "Jobs", "EventLog", "TestSupport", swiftProtobuf,
            ], resources: [.copy("Fixtures")]),
        tests(of: "Doors", ["Doors", "Simulation"]),
        tests(of: "Simulation", ["Simulation", "Audit", "Jobs", "EventLog"]),
    ]
)

import Settings
import Testing

@Suite("Which value counts")
struct PrecedenceTests {
    @Test("without anything said there is one app, open to its own host only")
    func standard() throws {
        let settings = try Settings(from: sources())
        #expect(settings.dataDirectory == "./daybook-data")
        #expect(settings.httpAddress == "127.0.0.1")
        #expect(settings.metricsPort == .fixed(9090))
        #expect(settings.bodyBytesMax == 4 << 20)
        #expect(settings.logFormat == .text && settings.logLevel == .info)
        #expect(
            settings.apps.map(\.line) == [
                "default/app http fixed(3500) grpc fixed(50001) port 0 at [] window 64 "
                    + "timeout 0.0 seconds tokens [] sent none"
            ])
        #expect(settings.shown.allSatisfy { $0.origin == .standard })
        #expect(settings.shown.count == SettingKey.allCases.count - 2, "tokens have two keys each")
        for key in ["app-port", "app-addresses", "api-token", "app-api-token"] {
            #expect(settings.value(key) == "not set", "\(key)")
        }
        #expect(!settings.canBeReread && settings.warnings.isEmpty)
    }

    @Test("a flag goes before the environment, that before the file, that before the default")
    func order() throws {
        let file = "# mine\ndata-dir: from-file\n"
        let variables = ["DAYBOOK_DATA_DIR": "from-environment"]
        let flags = [SettingKey.dataDir: ["from-flag"]]
        let all = try Settings(from: sources(flags: flags, environment: variables, file: file))
        #expect(all.dataDirectory == "from-flag")
        #expect(all.origin("data-dir") == .flag("--data-dir"))
        let two = try Settings(from: sources(environment: variables, file: file))
        #expect(two.dataDirectory == "from-environment")
        #expect(two.origin("data-dir") == .environment("DAYBOOK_DATA_DIR"))
        let one = try Settings(from: sources(file: file))
        #expect(one.dataDirectory == "from-file")
        #expect(
            one.origin("data-dir") == .file(path: "daybook.yaml", line: 2, key: "data-dir"))
        #expect(one.origin("log-level") == .standard)
    }

    @Test("what follows from another flag stands only where nothing else is said")
    func fallbacks() throws {
        let fallback = SettingSources.Fallback("elsewhere", flag: "--other")
        func found(
            flags: [SettingKey: [String]] = [:], _ environment: [String: String] = [:],
            file: String? = nil
        ) throws -> Settings {
            var sources = sources(flags: flags, environment: environment, file: file)
            sources.fallbacks = [.dataDir: fallback]
            return try Settings(from: sources)
        }
        #expect(try found().dataDirectory == "elsewhere")
        #expect(try found().origin("data-dir") == .flag("--other"))
        #expect(try found(file: "data-dir: f").dataDirectory == "f")
        #expect(try found(["DAYBOOK_DATA_DIR": "e"], file: "data-dir: f").dataDirectory == "e")
        #expect(try found(flags: [.dataDir: ["d"]]).dataDirectory == "d")
    }

    @Test("Dapr's names of levels are taken too", arguments: ["warn", "WARN", "fatal", "Error"])
    func levels(name: String) throws {
        let settings = try Settings(from: sources(flags: [.logLevel: [name]]))
        let expected: [String: LogLevel] = ["warn": .warning, "fatal": .critical, "error": .error]
        #expect(settings.logLevel == expected[name.lowercased()])
    }

    @Test("every key can stand in the environment; an empty variable is none")
    func environment() throws {
        let values = [
            "data-dir": "d", "http-address": "::1", "allowed-hosts": "a,b",
            "metrics-address": "127.0.0.2",
            "metrics-port": "auto", "insecure": "true", "max-body-size": "1Ki",
            "log-format": "json", "log-level": "error", "namespace": "ns", "max-in-flight": "3",
            "job-timeout": "1m30s", "app-id": "shop", "http-port": "0", "app-port": "81",
            "grpc-port": "50002", "app-addresses": "a, b:82", "app-protocol": "grpc",
            "api-token": "t",
            "app-api-token": "u", "checkpoint-interval": "1000", "clock-jump-max": "2h",
            "segment-bytes": "64Mi", "segment-age": "1h", "retain": "90d", "retain-bytes": "1Gi",
            "archive-dir": "archive",
            "scheduler-address": "127.0.0.3", "scheduler-port": "auto", "scheduler-only": "false",
            "override-broadcast-host-port": "scheduler:50006", "healthz-address": "127.0.0.4",
            "healthz-port": "8080", "log-file": "daybook.log",
        ]
        var variables: [String: String] = [:]
        for (key, value) in values {
            let name = "DAYBOOK_" + key.uppercased().split(separator: "-").joined(separator: "_")
            variables[name] = value
        }
        let settings = try Settings(from: sources(environment: variables))
        for setting in settings.shown {
            guard case .environment = setting.origin else {
                Issue.record("\(setting)")
                continue
            }
        }
        #expect(Set(settings.shown.map(\.key)) == Set(values.keys))
        let app = settings.apps[0]
        #expect(app.addresses.map(\.text) == ["a 81", "b 82"])
        #expect(app.timeout == .seconds(90) && app.listen == .off && app.window == 3)
        #expect(app.listenGRPC == .fixed(50_002) && app.protocol == .grpc)
        #expect(settings.scheduler.host == "127.0.0.3" && settings.scheduler.listen == .any)
        #expect(settings.scheduler.broadcastAddress == "scheduler:50006")
        #expect(settings.metricsPort == .any && settings.bodyBytesMax == 1_024)
        #expect(settings.healthzAddress == "127.0.0.4" && settings.healthzPort == .fixed(8_080))
        #expect(settings.logFile == "daybook.log")
        let empty = try Settings(from: sources(environment: variables.mapValues { _ in "" }))
        #expect(empty.shown.allSatisfy { $0.origin == .standard })
    }

    @Test(
        "where Dapr has a variable it is taken too, after ours",
        arguments: [
            ("NAMESPACE", "DAYBOOK_NAMESPACE", "namespace"), ("APP_ID", "DAYBOOK_APP_ID", "app-id"),
            ("APP_PORT", "DAYBOOK_APP_PORT", "app-port"),
            ("DAPR_HTTP_PORT", "DAYBOOK_HTTP_PORT", "http-port"),
            ("DAPR_GRPC_PORT", "DAYBOOK_GRPC_PORT", "grpc-port"),
        ])
    func daprs(theirs: String, ours: String, key: String) throws {
        let one = try Settings(from: sources(environment: [theirs: "1"]))
        #expect(one.value(key) == "1")
        #expect(one.origin(key) == .environment(theirs))
        let both = try Settings(from: sources(environment: [theirs: "1", ours: "2"]))
        #expect(both.value(key) == "2")
    }

    @Test(
        "Kubernetes's links to services are no ports, and are told of; other values must be right")
    func serviceLinks() throws {
        let link = "tcp://10.96.12.7:3500"
        for (name, key) in [("APP_PORT", "app-port"), ("DAYBOOK_HTTP_PORT", "http-port")] {
            let settings = try Settings(from: sources(environment: [name: link]))
            #expect(settings.origin(key) == .standard)
            #expect(
                settings.warnings.count == 1 && settings.warnings[0].hasPrefix("\(name)=\(link)"))
        }
        #expect(
            complaint(sources(environment: ["APP_PORT": "10.96.12.7:3500"])).contains("APP_PORT"))
        #expect(complaint(sources(environment: ["DAYBOOK_LOG_LEVEL": link])).contains("LOG_LEVEL"))
    }

    @Test(
        "an app cannot be on a port of Daybook's own; elsewhere that number is another port"
    )
    func ownPorts() throws {
        for (port, key) in [
            ("3500", "http-port"), ("50001", "grpc-port"), ("50006", "scheduler-port"),
            ("9090", "metrics-port"),
        ] {
            let refusal = complaint(sources(flags: [.appPort: [port]]))
            #expect(refusal.contains("port \(port): Daybook listens") && refusal.contains(key))
        }
        _ = try Settings(from: sources(flags: [.appPort: ["3500"], .httpPort: ["3501"]]))
        _ = try Settings(from: sources(flags: [.appAddresses: ["10.0.0.1:3500"]]))
    }

    @Test("the file may be named in the environment; a flag goes before")
    func path() throws {
        let files = ["a.yaml": "namespace: a", "b.yaml": "namespace: b"]
        var asked = sources(environment: ["DAYBOOK_CONFIG": "a.yaml"], files: files)
        #expect(try Settings(from: asked).apps[0].namespace == "a")
        asked.configurationPath = "b.yaml"
        #expect(try Settings(from: asked).apps[0].namespace == "b")
        asked.configurationPath = "c.yaml"
        #expect(complaint(asked) == "c.yaml: no such file")
    }

    @Test("of an address without a port the port is app-port; without addresses there is loopback")
    func addresses() throws {
        func addresses(_ texts: [String], _ port: String?) throws -> [String] {
            var flags: [SettingKey: [String]] = [:]
            if !texts.isEmpty { flags[.appAddresses] = texts }
            if let port { flags[.appPort] = [port] }
            return try Settings(from: sources(flags: flags)).apps[0].addresses.map(\.text)
        }
        #expect(try addresses([], nil) == [])
        #expect(try addresses([], "80") == ["127.0.0.1 80"])
        #expect(try addresses(["app"], "80") == ["app 80"])
        #expect(try addresses(["app:81"], nil) == ["app 81"])
        #expect(
            try addresses(["::1", "[::1]:82", "[::2]", "h:1"], "80")
                == ["::1 80", "::1 82", "::2 80", "h 1"])
    }
}

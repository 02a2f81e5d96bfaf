import Settings
import Testing

@Suite("Apps that a file lists")
struct AppListTests {
    private let two = """
        namespace: shared
        max-in-flight: 5
        api-token: common
        apps:
          - id: shop
            http-port: 3500
            app-addresses: [127.0.0.1:8000, "127.0.0.1:8001"]
            job-timeout: 30s
          - id: billing
            namespace: own
            http-port: 3501
            app-port: 8100
            max-in-flight: 7
            api-token: [new, old]
            app-api-token: theirs
        """

    @Test("say for themselves; what stands above holds for those that do not")
    func list() throws {
        let settings = try Settings(from: sources(file: two))
        #expect(
            settings.apps.map(\.line) == [
                "shared/shop http fixed(3500) grpc off port 0 at "
                    + "[127.0.0.1 8000,127.0.0.1 8001] window 5 "
                    + "timeout 30.0 seconds tokens [common] sent none",
                "own/billing http fixed(3501) grpc off port 8100 at [127.0.0.1 8100] window 7 "
                    + "timeout 0.0 seconds tokens [new,old] sent theirs",
            ])
        #expect(
            settings.origin("apps[1].http-port")
                == .file(path: "daybook.yaml", line: 11, key: "apps[1].http-port"))
        #expect(
            settings.origin("apps[0].namespace")
                == .file(path: "daybook.yaml", line: 1, key: "namespace"))
    }

    @Test("take from flags and the environment what is not said in the list")
    func general() throws {
        let settings = try Settings(
            from: sources(
                flags: [.namespace: ["flag"]], environment: ["DAYBOOK_MAX_IN_FLIGHT": "9"],
                file: two))
        #expect(settings.apps.map(\.namespace) == ["flag", "own"])
        #expect(settings.apps.map(\.window) == [9, 7])
    }

    @Test("leave the time limit of sidecars' streams to what stands above them")
    func streams() throws {
        #expect(try Settings(from: sources(file: two)).scheduler.timeout == nil)
        let listed = try Settings(from: sources(flags: [.jobTimeout: ["2s"]], file: two))
        #expect(listed.scheduler.timeout == .seconds(2))
        #expect(listed.apps.map(\.timeout) == [.seconds(30), .seconds(2)])
        let single = try Settings(from: sources(flags: [.jobTimeout: ["3s"]]))
        #expect(single.scheduler.timeout == .seconds(3))
        let none = try Settings(
            from: sources(flags: [.jobTimeout: ["4s"], .schedulerOnly: ["true"]]))
        #expect(none.scheduler.timeout == .seconds(4) && none.apps.isEmpty)
        for settings in [listed, single, none] {
            #expect(settings.shown.count { $0.key == "job-timeout" } == 1)
        }
    }

    @Test("go before flags and the environment, with a warning where those say otherwise")
    func overruled() throws {
        // A flag, which otherwise has the highest precedence, was ignored silently.
        func warnings(
            _ flags: [SettingKey: [String]], _ variables: [String: String] = [:]
        ) throws -> [String] {
            let asked = sources(
                flags: flags, environment: variables, file: two, files: ["t": "s3cret"])
            let settings = try Settings(from: asked)
            #expect(settings.apps[1].namespace == "own" && settings.apps[1].window == 7)
            #expect(settings.apps[1].tokens.map(\.text) == ["new", "old"])
            return settings.warnings
        }
        #expect(try warnings([:]) == [])
        #expect(try warnings([.namespace: ["own"], .maxInFlight: ["7"]]) == [])
        #expect(
            try warnings(
                [.namespace: ["flag"], .apiTokenFile: ["t"]], ["DAYBOOK_MAX_IN_FLIGHT": "9"]) == [
                    "daybook.yaml, line 10: apps[1].namespace takes precedence over --namespace",
                    "daybook.yaml, line 13: apps[1].max-in-flight takes precedence over "
                        + "DAYBOOK_MAX_IN_FLIGHT",
                    "daybook.yaml, line 14: apps[1].api-token takes precedence over "
                        + "--api-token-file",
                ])
        #expect(
            try warnings([:], ["DAPR_API_TOKEN": "s3cret", "APP_API_TOKEN": "theirs"])
                == [
                    "daybook.yaml, line 14: apps[1].api-token takes precedence over DAPR_API_TOKEN"
                ])
    }

    @Test(
        "cannot be described anywhere else as well",
        arguments: [SettingKey.appID, .httpPort, .appPort, .appAddresses, .appProtocol])
    func elsewhere(key: SettingKey) throws {
        let reason = "applies to one app, but daybook.yaml lists apps: put it under one of them"
        let flag = try #require(key.flag)
        #expect(complaint(sources(flags: [key: ["1"]], file: two)) == "\(flag) \(reason)")
        for variable in key.variables {
            let asked = sources(environment: [variable: "1"], file: two)
            #expect(complaint(asked) == "\(variable) \(reason)")
        }
        let value = key == .appAddresses ? "[a:1]" : "1"
        let above = sources(file: "\(key.rawValue): \(value)\n\(two)")
        #expect(complaint(above) == "daybook.yaml, line 1: \(key.rawValue) \(reason)")
    }

    @Test("must be told apart")
    func apart() {
        let same = "apps: [{id: a, http-port: 1}, {id: b, http-port: 2}, {id: a, http-port: 3}]"
        #expect(
            complaint(sources(file: same))
                == "daybook.yaml: apps[0] and apps[2] are both a in default")
        let port = "apps: [{id: a}, {id: b}]"
        #expect(
            complaint(sources(file: port))
                == "daybook.yaml: apps[0].http-port and daybook.yaml: apps[1].http-port "
                + "are both 3500")
        for (list, both) in [
            (
                "apps: [{id: a, grpc-port: 3501}, {id: b, http-port: 3501}]",
                "daybook.yaml: apps[0].grpc-port and daybook.yaml: apps[1].http-port are both 3501"
            ), ("grpc-port: 3500", "http-port and grpc-port are both 3500"),
        ] {
            #expect(complaint(sources(file: list)) == both)
        }
        let fine = [
            "apps: [{id: a, http-port: 0}, {id: b, http-port: 0}]",
            "apps: [{id: a, http-port: auto}, {id: b, http-port: auto}]",
            "apps: [{id: a, grpc-port: auto}, {id: b, http-port: 0, grpc-port: auto}]",
            "apps: [{id: a}, {id: a, namespace: other, http-port: 1}]",
        ]
        for text in fine { #expect(complaint(sources(file: text)) == "") }
    }

    @Test("may be 100, and one more is refused")
    func limit() {
        func list(_ count: Int) -> String {
            "apps:\n" + (0..<count).map { " - {id: a\($0), http-port: 0}\n" }.joined()
        }
        #expect(complaint(sources(file: list(100))) == "")
        #expect(
            complaint(sources(file: list(101)))
                == "daybook.yaml, line 1: apps must list 1 to 100 apps")
    }
}

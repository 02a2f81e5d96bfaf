import Settings
import Testing

@Suite("What is wrong with settings")
struct RefusalTests {
    @Test(
        "a file is refused by its name, the line and the key",
        arguments: [
            ("nope: 1", "line 1: nope is not a setting"),
            ("\n\ndata_dir: x", "line 3: data_dir is not a setting; data-dir is"),
            ("dataDir: x", "line 1: dataDir is not a setting; data-dir is"),
            ("app-api-tokens: x", "line 1: app-api-tokens is not a setting"),
            ("apps: [{id: a, data-dir: x}]", "line 1: apps[0].data-dir is not a setting"),
            ("apps: [{app-id: a}]", "line 1: apps[0].app-id is not a setting"),
            ("data-dir: a\ndata-dir: b", "line 1: data-dir is given twice"),
            ("apps:\n - id: a\n   id: b", "line 2: id is given twice"),
            ("data-dir:", "line 1: data-dir has no value"),
            ("data-dir: ~", "line 1: data-dir has no value"),
            ("data-dir: \"\"", "line 1: data-dir has no value"),
            ("data-dir: [a]", "line 1: data-dir must be one value, not a list and not keys"),
            ("data-dir: {a: b}", "line 1: data-dir must be one value, not a list and not keys"),
            ("app-addresses: a:1", "line 1: app-addresses must be a list"),
            (
                "app-addresses: [[a]]",
                "line 1: app-addresses must be one value, not a list and not keys"
            ),
            ("apps: {id: a}", "line 1: apps must be a list"),
            ("apps: []", "line 1: apps must list 1 to 100 apps"),
            ("apps: [a]", "line 1: apps[0] must be keys and their values"),
            ("apps:\n - http-port: 1", "line 2: apps[0] has no id"),
            ("- data-dir", "line 1: the file must be keys and their values"),
            ("http-port: 65536", "line 1: http-port must be 1 to 65535, 0 or auto, not \"65536\""),
            ("http-port: 1.5", "line 1: http-port must be 1 to 65535, 0 or auto, not \"1.5\""),
            ("insecure: yes", "line 1: insecure must be true or false, not \"yes\""),
            ("log-format: xml", "line 1: log-format must be one of text, json, not \"xml\""),
            ("max-in-flight: 0", "line 1: max-in-flight must be 1 to 1000, not \"0\""),
            ("grpc-port: 65536", "line 1: grpc-port must be 1 to 65535, 0 or auto, not \"65536\""),
            ("app-protocol: ftp", "line 1: app-protocol must be one of http, grpc, not \"ftp\""),
            ("app-addresses: [a:1, a:1]", "line 1: app-addresses names \"a:1\" twice"),
            ("a: [\n", "line 2: while parsing a flow node did not find expected node content"),
            (
                "app-id: a\n---\napp-id: b",
                "line 2: expected a single document in the stream but found another document"
            ),
        ])
    func files(text: String, reason: String) {
        #expect(complaint(sources(file: text)) == "daybook.yaml, \(reason)")
    }

    @Test(
        "what a value must be",
        arguments: [
            (SettingKey.dataDir, "", "must name a directory"),
            (.maxBodySize, "0", "must be 1 to 8Mi, such as 512Ki, not \"0\""),
            (.maxBodySize, "9Mi", "must be 1 to 8Mi, such as 512Ki, not \"9Mi\""),
            (.maxBodySize, "8388609", "must be 1 to 8Mi, such as 512Ki, not \"8388609\""),
            (.maxBodySize, "-1", "must be 1 to 8Mi, such as 512Ki, not \"-1\""),
            (.segmentBytes, "63Ki", "must be 64Ki to 512Gi, such as 1Gi, not \"63Ki\""),
            (.segmentBytes, "513Gi", "must be 64Ki to 512Gi, such as 1Gi, not \"513Gi\""),
            (.segmentBytes, "1G", "must be 64Ki to 512Gi, such as 1Gi, not \"1G\""),
            (
                .segmentBytes, "9223372036854775807Gi",
                "must be 64Ki to 512Gi, such as 1Gi, not \"9223372036854775807Gi\""
            ),
            (.segmentAge, "59s", "must be 1m to 8760h, such as 24h, not \"59s\""),
            (.segmentAge, "off", "must be 1m to 8760h, such as 24h, not \"off\""),
            (.retain, "59s", "must be 1m to 36500d, such as 90d or 36h, or off, not \"59s\""),
            (.retain, "36501d", "must be 1m to 36500d, such as 90d or 36h, or off, not \"36501d\""),
            (.retain, "-1d", "must be 1m to 36500d, such as 90d or 36h, or off, not \"-1d\""),
            (.retain, "d", "must be 1m to 36500d, such as 90d or 36h, or off, not \"d\""),
            (
                .retainBytes, "127Ki",
                "must be 128Ki to 1048576Gi, such as 100Gi, or off, not \"127Ki\""
            ),
            (.retainBytes, "9d", "must be 128Ki to 1048576Gi, such as 100Gi, or off, not \"9d\""),
            (.jobTimeout, "30", "must be 1ms to 8760h, such as 30s, or off, not \"30\""),
            (.jobTimeout, "0s", "must be 1ms to 8760h, such as 30s, or off, not \"0s\""),
            (.jobTimeout, "-1s", "must be 1ms to 8760h, such as 30s, or off, not \"-1s\""),
            (.jobTimeout, "8761h", "must be 1ms to 8760h, such as 30s, or off, not \"8761h\""),
            (.appPort, "0", "must be 1 to 65535, not \"0\""),
            (.maxInFlight, "1001", "must be 1 to 1000, not \"1001\""),
            (.appAddresses, "host", "\"host\" has no port, and there is no app-port either"),
            (.appAddresses, "host:", "must be HOST:PORT, not \"host:\""),
            (.appAddresses, "host:0", "must be HOST:PORT, not \"host:0\""),
            (.appAddresses, ":80", "must be HOST:PORT, not \":80\""),
            (.appAddresses, "a b:80", "must be HOST:PORT, not \"a b:80\""),
            (.appAddresses, "[::1]80", "must be HOST:PORT, not \"[::1]80\""),
            (.appAddresses, "http://a:80", "must be HOST:PORT, not \"http://a:80\""),
            (
                .httpAddress, "127.0.0.1:80",
                "must be a host name or an IP address without a port, not \"127.0.0.1:80\""
            ),
            (.namespace, "a/b", ""),
        ])
    func values(key: SettingKey, text: String, reason: String) throws {
        let flag = try #require(key.flag)
        let said = complaint(sources(flags: [key: [text]]))
        if key == .namespace {
            #expect(said.hasPrefix("\(flag) "), "\(said)")
        } else {
            #expect(said == "\(flag) \(reason)")
        }
    }

    @Test("limits themselves are fine")
    func limits() {
        let fine: [(SettingKey, String)] = [
            (.maxBodySize, "8Mi"), (.maxBodySize, "8192Ki"), (.maxBodySize, "8388608"),
            (.segmentBytes, "64Ki"), (.segmentBytes, "512Gi"), (.segmentAge, "1m"),
            (.retain, "off"), (.retain, "1m"), (.retain, "36500d"), (.retain, "876000h"),
            (.retainBytes, "128Ki"), (.retainBytes, "1048576Gi"), (.retainBytes, "off"),
            (.maxBodySize, "1"), (.jobTimeout, "1ms"), (.jobTimeout, "8760h"), (.jobTimeout, "off"),
            (.maxInFlight, "1"), (.maxInFlight, "1000"), (.httpPort, "65535"), (.httpPort, "auto"),
        ]
        for (key, text) in fine { #expect(complaint(sources(flags: [key: [text]])) == "") }
    }

    @Test("an app may have 100 addresses, and one more is refused")
    func addresses() {
        let hundred = (0..<100).map { "a\($0):1" }
        #expect(complaint(sources(flags: [.appAddresses: hundred])) == "")
        #expect(
            complaint(sources(flags: [.appAddresses: hundred + ["b:1"]]))
                == "--app-address must hold 1 to 100 addresses")
    }

    @Test("an API that other hosts reach wants a token, of every app, or --insecure")
    func openAPI() {
        let reason = "is open to other hosts, and the API asks nobody who they are: set an "
        let open: [SettingKey: [String]] = [.httpAddress: ["0.0.0.0"]]
        #expect(complaint(sources(flags: open)).contains(reason))
        #expect(complaint(sources(flags: open, environment: ["DAPR_API_TOKEN": "t"])) == "")
        #expect(complaint(sources(flags: open.merging([.insecure: ["true"]]) { $1 })) == "")
        for closed in [[SettingKey.httpPort], [.grpcPort], [.httpPort, .grpcPort]] {
            let ports = Dictionary(uniqueKeysWithValues: closed.map { ($0, ["0"]) })
            let said = complaint(sources(flags: open.merging(ports) { $1 }))
            #expect(said.contains(reason) == (closed.count == 1), "\(closed)")
        }
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            #expect(complaint(sources(flags: [.httpAddress: [host]])) == "")
        }
        for host in ["127.0.0.1.example.org", "127.1", "128.0.0.1", "::", "localhost.example"] {
            #expect(complaint(sources(flags: [.httpAddress: [host]])).contains(reason))
        }
        let list = "apps: [{id: a, api-token: t}, {id: b, http-port: 1}]"
        #expect(complaint(sources(flags: open, file: list)).contains("of apps[1] asks nobody"))
    }
}

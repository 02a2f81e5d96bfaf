// From found texts to settings: each is looked up, interpreted, checked and kept for display.

import Jobs

extension Settings {
    package init(from sources: SettingSources) throws(SettingsError) {
        var reading = try Reading(sources)
        self = try reading.settings()
        try refuseOwnPorts()
    }
}

private struct Reading {
    private let sources: SettingSources
    private let file: ConfigurationFile?
    private let search: Search
    private var shown: [ShownSetting] = []
    private var warnings: [String] = []
    private var readsFiles: Bool

    init(_ sources: SettingSources) throws(SettingsError) {
        self.sources = sources
        let path = sources.configurationPath ?? Search.value(of: "DAYBOOK_CONFIG", sources)
        var file: ConfigurationFile?
        if let path {
            let text = try Reading.contents(of: path, sources)
            file = try ConfigurationFile(path: path, text: text)
        }
        self.file = file
        readsFiles = file != nil
        search = Search(sources: sources, file: file)
        for name in SettingKey.allCases.flatMap(\.variables) {
            guard let text = sources.variable(name), Search.isServiceLink(name, text) else {
                continue
            }
            warnings.append(
                "\(name)=\(SafeText.shown(text)) is taken for Kubernetes's link to a service, "
                    + "and not for a port: it is ignored")
        }
    }

    mutating func settings() throws(SettingsError) -> Settings {
        let dataDirectory = try read(.dataDir, Value.directory)
        let log = try log()
        let httpAddress = try read(.httpAddress, Value.host)
        let allowedHosts: [String]? = try readIfAny(.allowedHosts, of: nil, Value.hosts)
        var scheduler = try scheduler()
        let metricsAddress = try read(.metricsAddress, Value.host)
        let metricsPort = try read(.metricsPort, Value.listenPort)
        let healthzAddress = try read(.healthzAddress, Value.host)
        let healthzPort = try read(.healthzPort, Value.listenPort)
        let isInsecure = try read(.insecure, Value.boolean)
        let bodyBytesMax = try read(.maxBodySize, Value.bodySize)
        let logFormat: LogFormat = try read(.logFormat, Value.word)
        let logLevel = try read(.logLevel, Value.logLevel)
        let logFile: String? = try readIfAny(.logFile, of: nil) { text, _ in text }
        let isForSidecarsOnly = try read(.schedulerOnly, Value.boolean)
        let apps = isForSidecarsOnly ? [] : try self.apps()
        scheduler.timeout = try streamTimeout(apps)
        try checkApart(apps)
        if !isInsecure, !Value.isLoopback(httpAddress) {
            for (index, app) in apps.enumerated() where app.tokens.isEmpty && app.listens {
                let whose = file?.apps == nil ? "" : " of apps[\(index)]"
                throw SettingsError(
                    """
                    http-address \(httpAddress) is open to other hosts, and the API\(whose) asks \
                    nobody who they are: set an api-token, or insecure if that is meant
                    """)
            }
        }
        if !isInsecure, scheduler.listen != .off, !Value.isLoopback(scheduler.host) {
            throw SettingsError(
                """
                scheduler-address \(scheduler.host) is open to other hosts, and the scheduler \
                service asks nobody who they are: set insecure (--insecure, or \
                DAYBOOK_INSECURE=true) if that is meant
                """)
        }
        return Settings(
            dataDirectory: dataDirectory, log: log,
            httpAddress: httpAddress, allowedHosts: allowedHosts ?? [], scheduler: scheduler,
            metricsAddress: metricsAddress, metricsPort: metricsPort,
            healthzAddress: healthzAddress, healthzPort: healthzPort,
            bodyBytesMax: bodyBytesMax, logFormat: logFormat, logLevel: logLevel,
            logFile: logFile, apps: apps, shown: shown, warnings: warnings,
            canBeReread: readsFiles)
    }

    private mutating func log() throws(SettingsError) -> LogSettings {
        LogSettings(
            checkpointInterval: try read(.checkpointInterval, Value.checkpointInterval),
            clockJumpMax: try read(.clockJumpMax, Value.clockJump),
            segmentBytes: try read(.segmentBytes, Value.segmentSize),
            segmentAge: try read(.segmentAge, Value.segmentAge),
            retain: try read(.retain, Value.retain),
            retainBytes: try read(.retainBytes, Value.retainBytes),
            archiveDirectory: try readIfAny(.archiveDir, of: nil, Value.directory))
    }

    private mutating func scheduler() throws(SettingsError) -> SchedulerSettings {
        SchedulerSettings(
            host: try read(.schedulerAddress, Value.host),
            listen: try read(.schedulerPort, Value.listenPort),
            broadcastAddress: try readIfAny(.broadcastAddress, of: nil) {
                text, origin throws(SettingsError) in
                _ = try Value.endpoint(text, origin, port: nil)
                return text
            })
    }

    /// What stands above a list of apps; a single app has read it already.
    private mutating func streamTimeout(_ apps: [AppSettings]) throws(SettingsError) -> Duration? {
        if file?.apps == nil, let app = apps.first { return app.timeout }
        return try read(.jobTimeout, Value.timeout)
    }

    private mutating func apps() throws(SettingsError) -> [AppSettings] {
        guard let listed = file?.apps else { return [try app(nil)] }
        for key in SettingKey.allCases where key.scope == .oneApp {
            guard let found = search.find(key, of: nil) else { continue }
            throw SettingsError(
                found.origin,
                "applies to one app, but \(file?.path ?? "") lists apps: put it under one of them"
            )
        }
        var apps: [AppSettings] = []
        for index in listed.indices { apps.append(try app(index)) }
        return apps
    }

    private mutating func app(_ index: Int?) throws(SettingsError) -> AppSettings {
        let namespace = try read(.namespace, of: index) { text, origin throws(SettingsError) in
            try Reading.check(text, origin) { () throws(InvalidField) in
                _ = try RouteKey(namespace: text, appID: "-")
            }
        }
        let id = try read(.appID, of: index) { text, origin throws(SettingsError) in
            try Reading.check(text, origin) { () throws(InvalidField) in
                _ = try RouteKey(namespace: "-", appID: text)
            }
        }
        if let index, let app = file?.apps?[index], app.values[.appID] == nil {
            throw SettingsError(app.origin, "has no id")
        }
        let listen = try read(.httpPort, of: index, Value.listenPort)
        // With several apps only one could have the default port.
        let listenGRPC =
            index == nil
            ? try read(.grpcPort, Value.listenPort)
            : try readIfAny(.grpcPort, of: index, Value.listenPort) ?? .off
        let port: Int? = try readIfAny(.appPort, of: index, Value.port)
        let appProtocol: AppProtocol = try read(.appProtocol, of: index, Value.word)
        return AppSettings(
            id: id, namespace: namespace, listen: listen, listenGRPC: listenGRPC, port: port,
            protocol: appProtocol,
            addresses: try addresses(of: index, port),
            window: try read(.maxInFlight, of: index) { text, origin throws(SettingsError) in
                try Value.integer(text, origin, in: 1...SettingLimits.windowMax)
            },
            timeout: try read(.jobTimeout, of: index, Value.timeout),
            tokens: try tokens(.apiToken, .apiTokenFile, of: index, max: SettingLimits.tokensMax),
            appToken: try tokens(.appAPIToken, .appAPITokenFile, of: index, max: 1).first)
    }

    private mutating func addresses(
        of index: Int?, _ port: Int?
    ) throws(SettingsError) -> [Endpoint] {
        guard let found = search.find(.appAddresses, of: index) else {
            show(.appAddresses, of: index, "not set", .standard)
            return port.map { [Endpoint(host: "127.0.0.1", port: $0)] } ?? []
        }
        var addresses: [Endpoint] = []
        for text in found.texts {
            let address = try Value.endpoint(text, found.origin, port: port)
            guard !addresses.contains(address) else {
                throw SettingsError(found.origin, "names \"\(text)\" twice")
            }
            addresses.append(address)
        }
        guard (1...SettingLimits.addressesMax).contains(addresses.count) else {
            throw SettingsError(
                found.origin, "must hold 1 to \(SettingLimits.addressesMax) addresses")
        }
        show(.appAddresses, of: index, found.texts.joined(separator: ", "), found.origin)
        return addresses
    }

    /// Checks that no two apps are the same or share a port.
    private func checkApart(_ apps: [AppSettings]) throws(SettingsError) {
        for (index, app) in apps.enumerated() {
            for earlier in 0..<index {
                let other = apps[earlier]
                let both = "\(file?.path ?? ""): apps[\(earlier)] and apps[\(index)]"
                if (app.namespace, app.id) == (other.namespace, other.id) {
                    throw SettingsError("\(both) are both \(app.id) in \(app.namespace)")
                }
            }
        }
        var taken: [Int: String] = [:]
        for (index, app) in apps.enumerated() {
            for (key, listen) in [("http-port", app.listen), ("grpc-port", app.listenGRPC)] {
                guard case .fixed(let port) = listen else { continue }
                let name = file?.apps == nil ? key : "\(file?.path ?? ""): apps[\(index)].\(key)"
                if let other = taken.updateValue(name, forKey: port) {
                    throw SettingsError("\(other) and \(name) are both \(port)")
                }
            }
        }
    }

    /// Checks that `text` can be a part of a job's identity.
    private static func check(
        _ text: String, _ origin: Origin, _ identity: () throws(InvalidField) -> Void
    ) throws(SettingsError) -> String {
        do throws(InvalidField) { try identity() } catch {
            throw SettingsError(origin, error.reason)
        }
        return text
    }

    // MARK: Tokens

    /// A token is given as a value or in a file named by a value; the one with higher precedence
    /// wins.
    private mutating func tokens(
        _ key: SettingKey, _ keyOfPath: SettingKey, of index: Int?, max: Int
    ) throws(SettingsError) -> [Secret] {
        warnIfOverruled([key, keyOfPath], of: index)
        let (word, path) = search.nearest(key, keyOfPath, of: index)
        if word != nil, let path {
            throw SettingsError(path.origin, "is given beside \(key.rawValue): give only one")
        }
        let tokens: [Secret]
        if let path {
            readsFiles = true
            let text: String
            do throws(SettingsError) {
                text = try Reading.contents(of: path.texts[0], sources)
            } catch {
                throw SettingsError(path.origin, "names a file that cannot be read: \(error)")
            }
            tokens = try Value.tokens([text], path.origin, max: max)
            show(key, of: index, "set", path.origin)
        } else if let word {
            tokens = try Value.tokens(word.texts, word.origin, max: max)
            show(key, of: index, "set", word.origin)
        } else {
            tokens = []
            show(key, of: index, "not set", .standard)
        }
        return tokens
    }

    private static func contents(
        of path: String, _ sources: SettingSources
    ) throws(SettingsError) -> String {
        do throws(SettingsError) {
            return try sources.contents(path)
        } catch {
            throw SettingsError("\(path): \(error)")
        }
    }

    @discardableResult
    private mutating func read<Value>(
        _ key: SettingKey, of index: Int? = nil,
        _ understand: (String, Origin) throws(SettingsError) -> Value
    ) throws(SettingsError) -> Value {
        warnIfOverruled([key], of: index)
        let standard = Found(texts: [key.standard ?? ""], origin: .standard)
        let found = search.find(key, of: index) ?? standard
        let value = try understand(found.texts.last ?? "", found.origin)
        show(key, of: index, found.texts.last ?? "", found.origin)
        return value
    }

    private mutating func readIfAny<Value>(
        _ key: SettingKey, of index: Int?,
        _ understand: (String, Origin) throws(SettingsError) -> Value
    ) throws(SettingsError) -> Value? {
        guard search.find(key, of: index) != nil else {
            show(key, of: index, "not set", .standard)
            return nil
        }
        return try read(key, of: index, understand)
    }

    private mutating func warnIfOverruled(_ keys: [SettingKey], of index: Int?) {
        guard let (listed, outside) = search.overruled(keys, of: index) else { return }
        warnings.append("\(listed.origin) takes precedence over \(outside.origin)")
    }

    private mutating func show(
        _ key: SettingKey, of index: Int?, _ value: String, _ origin: Origin
    ) {
        let name = index.map { "apps[\($0)].\(key.keyOfApp)" } ?? key.rawValue
        shown.append(ShownSetting(key: name, value: value, origin: origin))
    }
}

// An app cannot be where Daybook itself listens: Daybook would call itself, and its 404 would count as
// the app's word that it has no handler.

extension Settings {
    /// Throws if an app's address is that of a listener.
    func refuseOwnPorts() throws(SettingsError) {
        var listeners: [(key: SettingKey, host: String, port: ListenPort)] = [
            (.schedulerPort, scheduler.host, scheduler.listen),
            (.metricsPort, metricsAddress, metricsPort),
            (.healthzPort, healthzAddress, healthzPort),
        ]
        for app in apps {
            listeners += [
                (.httpPort, httpAddress, app.listen), (.grpcPort, httpAddress, app.listenGRPC),
            ]
        }
        for app in apps {
            for address in app.addresses {
                let own = listeners.first { listener in
                    listener.port == .fixed(address.port)
                        && Settings.isSame(address.host, listener.host)
                }
                guard let own else { continue }
                throw SettingsError(
                    "the app \(app.id) cannot be on port \(address.port): Daybook listens there "
                        + "itself (\(own.key.rawValue))")
            }
        }
    }

    /// Whether a call to `host` comes to who listens at `listener`.
    private static func isSame(_ host: String, _ listener: String) -> Bool {
        let loopback = ["localhost", "127.0.0.1", "::1"]
        if loopback.contains(listener) { return loopback.contains(host) }
        let isOpen = listener == "0.0.0.0" || listener == "::"
        return host == listener
            || isOpen && (loopback.contains(host) || host.hasPrefix("127."))
    }
}

// An app cannot be where Daybook itself listens: Daybook would call itself, and its 404 would count as
// the app's word that it has no handler.

extension Settings {
    /// Throws if an app's address on this machine is that of a listener.
    func refuseOwnPorts() throws(SettingsError) {
        var listeners: [(SettingKey, ListenPort)] = [
            (.schedulerPort, scheduler.listen), (.metricsPort, metricsPort),
            (.healthzPort, healthzPort),
        ]
        for app in apps { listeners += [(.httpPort, app.listen), (.grpcPort, app.listenGRPC)] }
        for app in apps {
            for address in app.addresses where Settings.isLocal(address.host) {
                let own = listeners.first { $0.1 == .fixed(address.port) }
                guard let own else { continue }
                throw SettingsError(
                    "the app \(app.id) cannot be on port \(address.port): Daybook listens there "
                        + "itself (\(own.0.rawValue))")
            }
        }
    }

    private static func isLocal(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

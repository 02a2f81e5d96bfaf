import Apps
import DaprAPI
import Jobs
import Settings

/// An app with the tokens that its listener and its calls share with the token reload.
struct ServedApp: Sendable {
    let settings: AppSettings
    let scope: WireScope
    let route: RouteKey
    let access: APIAccess
    let appToken: AppToken
    let metadata: WireMetadata

    init(_ settings: AppSettings) throws {
        self.settings = settings
        scope = try WireScope(namespace: settings.namespace, appID: settings.id)
        route = try scope.route
        access = APIAccess(tokens: settings.tokens.map(\.text))
        appToken = AppToken(settings.appToken?.text)
        metadata = WireMetadata(
            softwareVersion: Version.current,
            app: settings.addresses.first.map { AppAddress(host: $0.host, port: $0.port) },
            appProtocol: settings.protocol.rawValue)
    }
}

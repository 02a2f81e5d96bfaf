/// What a server says of itself, in the form of a Dapr sidecar that has loaded nothing.
/// Dapr: pkg/api/http/metadata.go.
package struct WireMetadata: Equatable, Sendable {
    package let softwareVersion: String
    /// The app that is called; `nil` if nobody is.
    package let app: AppAddress?

    package init(softwareVersion: String, app: AppAddress?) {
        self.softwareVersion = softwareVersion
        self.app = app
    }

    func body(for scope: WireScope) -> [UInt8] {
        var fields: [(String, JSONText)] = [
            ("id", .string(scope.appID)),
            ("runtimeVersion", .string("daybook \(softwareVersion)")),
            ("enabledFeatures", .array([])),
            ("actors", .array([])),
            ("components", .array([])),
        ]
        if let app {
            let properties: [(String, JSONText)] = [
                ("port", .integer(UInt(clamping: app.port))), ("protocol", .string("http")),
                ("channelAddress", .string(app.host)),
            ]
            fields.append(("appConnectionProperties", .object(properties)))
        }
        // Dapr has no field for it; its values here are texts.
        fields.append(("extended", .object([("namespace", .string(scope.namespace))])))
        return JSONText.object(fields).bytes
    }
}

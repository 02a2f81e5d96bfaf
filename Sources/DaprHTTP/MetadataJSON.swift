import DaprAPI

extension WireMetadata {
    func body(for scope: WireScope) -> [UInt8] {
        var fields: [(String, JSONText)] = [
            ("id", .string(scope.appID)),
            ("runtimeVersion", .string(runtimeVersion)),
            ("enabledFeatures", .array([])),
            ("actors", .array([])),
            ("components", .array([])),
        ]
        if let app {
            let properties: [(String, JSONText)] = [
                ("port", .integer(UInt(clamping: app.port))), ("protocol", .string(appProtocol)),
                ("channelAddress", .string(app.host)),
            ]
            fields.append(("appConnectionProperties", .object(properties)))
        }
        // Dapr has no field for the namespace; its "extended" values are texts.
        fields.append(("extended", .object([("namespace", .string(scope.namespace))])))
        return JSONText.object(fields).bytes
    }
}

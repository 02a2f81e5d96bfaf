import Settings

/// Sources made of literals: flags, variables, and files by their paths.
func sources(
    flags: [SettingKey: [String]] = [:], environment: [String: String] = [:], file: String? = nil,
    files: [String: String] = [:]
) -> SettingSources {
    var files = files
    files["daybook.yaml"] = file
    let texts = files
    return SettingSources(
        flags: flags, configurationPath: file == nil ? nil : "daybook.yaml",
        variable: { environment[$0] },
        contents: { path throws(SettingsError) in
            guard let text = texts[path] else { throw SettingsError("no such file") }
            return text
        })
}

/// The error for `sources`; empty if they are valid.
func complaint(_ sources: SettingSources) -> String {
    do throws(SettingsError) {
        _ = try Settings(from: sources)
        return ""
    } catch {
        return error.description
    }
}

extension Settings {
    func origin(_ key: String) -> Origin? { shown.first { $0.key == key }?.origin }
    func value(_ key: String) -> String? { shown.first { $0.key == key }?.value }
}

extension AppSettings {
    /// All values on one line.
    var line: String {
        let places = addresses.map(\.text).joined(separator: ",")
        let words = tokens.map(\.text).joined(separator: ",")
        return "\(namespace)/\(id) \(`protocol`) \(listen) grpc \(listenGRPC) "
            + "port \(port ?? 0) at [\(places)] window \(window) timeout \(timeout ?? .zero) "
            + "tokens [\(words)] sent \(appToken?.text ?? "none")"
    }
}

extension Endpoint {
    var text: String { "\(host) \(port)" }
}

// The configuration file: YAML in which every key must be known. Values are kept as text with their
// line, and are interpreted in the same place as flags and the environment.

import Yams

struct ConfigurationFile: Sendable {
    let path: String
    /// The values outside `apps`.
    private(set) var values: [SettingKey: Found] = [:]
    /// `nil` if the file lists none.
    private(set) var apps: [App]?

    struct App: Sendable {
        let origin: Origin
        let values: [SettingKey: Found]
    }

    init(path: String, text: String) throws(SettingsError) {
        self.path = path
        guard let root = try ConfigurationFile.document(text, path) else { return }
        for entry in try entries(of: root, "the file") {
            if entry.name == "apps" {
                var listed: [App] = []
                for (index, node) in try list(entry.value, entry.origin).enumerated() {
                    listed.append(try app(index, node))
                }
                guard (1...SettingLimits.appsMax).contains(listed.count) else {
                    throw SettingsError(
                        entry.origin, "must list 1 to \(SettingLimits.appsMax) apps")
                }
                apps = listed
                continue
            }
            guard let key = SettingKey(rawValue: entry.name) else {
                throw unknown(entry, among: SettingKey.allCases.map(\.rawValue) + ["apps"])
            }
            values[key] = try found(key, entry.value, entry.origin)
        }
    }

    private struct Entry {
        let name: String
        let value: Node
        let origin: Origin
    }

    private func app(_ index: Int, _ node: Node) throws(SettingsError) -> App {
        let prefix = "apps[\(index)]"
        let keys = SettingKey.allCases.filter { $0.scope != .process }
        var values: [SettingKey: Found] = [:]
        for entry in try entries(of: node, prefix, below: "\(prefix).") {
            guard let key = keys.first(where: { $0.keyOfApp == entry.name }) else {
                throw unknown(entry, among: keys.map(\.keyOfApp))
            }
            values[key] = try found(key, entry.value, entry.origin)
        }
        return App(
            origin: .file(path: path, line: node.mark?.line, key: prefix), values: values)
    }

    private func entries(
        of node: Node, _ name: String, below prefix: String = ""
    ) throws(SettingsError) -> [Entry] {
        let origin = Origin.file(path: path, line: node.mark?.line, key: name)
        guard let mapping = node.mapping else {
            throw SettingsError(origin, "must be keys and their values")
        }
        var entries: [Entry] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                throw SettingsError(origin, "has a key that is not a word")
            }
            entries.append(
                Entry(
                    name: name, value: value,
                    origin: .file(path: path, line: key.mark?.line, key: prefix + name)))
        }
        return entries
    }

    private func found(
        _ key: SettingKey, _ node: Node, _ origin: Origin
    ) throws(SettingsError) -> Found {
        if key == .appAddresses || key == .apiToken && node.sequence != nil {
            var texts: [String] = []
            for element in try list(node, origin) { texts.append(try text(element, origin)) }
            return Found(texts: texts, isList: true, origin: origin)
        }
        return Found(texts: [try text(node, origin)], origin: origin)
    }

    private func list(_ node: Node, _ origin: Origin) throws(SettingsError) -> [Node] {
        guard let sequence = node.sequence else {
            throw SettingsError(origin, "must be a list")
        }
        return Array(sequence)
    }

    private func text(_ node: Node, _ origin: Origin) throws(SettingsError) -> String {
        guard let scalar = node.scalar else {
            throw SettingsError(origin, "must be one value, not a list and not keys")
        }
        guard node.null == nil, !scalar.string.isEmpty else {
            throw SettingsError(origin, "has no value")
        }
        return scalar.string
    }

    /// The error for an unknown key; suggests the right one if only the spelling differs.
    private func unknown(_ entry: Entry, among keys: [String]) -> SettingsError {
        let spelled = ConfigurationFile.letters(of: entry.name)
        let meant = keys.first { ConfigurationFile.letters(of: $0) == spelled }
        return SettingsError(
            entry.origin, "is not a setting" + (meant.map { "; \($0) is" } ?? ""))
    }

    private static func letters(of name: String) -> String {
        name.lowercased().filter { $0 != "-" && $0 != "_" }
    }
}

extension ConfigurationFile {
    /// The single document of `text`; `nil` if it is empty.
    private static func document(_ text: String, _ path: String) throws(SettingsError) -> Node? {
        do {
            return try compose(yaml: text)
        } catch let error as YamlError {
            throw SettingsError("\(path)\(ConfigurationFile.text(of: error))")
        } catch {
            throw SettingsError("\(path): is not YAML")
        }
    }

    /// Not the error's own text: it quotes the file, including tokens.
    private static func text(of error: YamlError) -> String {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let context = context.map { "\($0.text) " } ?? ""
            return ", line \(mark.line): \(context)\(problem)"
        case .duplicatedKeysInMapping(let keys, let context):
            return ", line \(context.mark.line): \(keys.joined(separator: ", ")) is given twice"
        case .reader(let problem, _, _, _): return ": \(problem)"
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return ": is not YAML"
        }
    }
}

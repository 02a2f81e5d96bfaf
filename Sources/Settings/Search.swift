// Precedence: a flag, then the environment, then the file, then a fallback or the default. A setting of an app
// listed in the file overrides all of these for that app; the others apply to apps without their
// own value.

/// Finds the value of a setting by precedence.
struct Search {
    let sources: SettingSources
    let file: ConfigurationFile?

    private enum Place {
        case listed(Int)
        case flags
        case environment
        case file
        case fallbacks
    }

    private func places(of index: Int?) -> [Place] {
        (index.map { [.listed($0)] } ?? []) + [.flags, .environment, .file, .fallbacks]
    }

    /// The value for the app at `index` of the list, or, without an index, for the process.
    func find(_ key: SettingKey, of index: Int?) -> Found? {
        for place in places(of: index) {
            if let found = look(for: key, in: place) { return found }
        }
        return nil
    }

    /// The values of two settings in the first place, by precedence, that has either of them.
    func nearest(
        _ first: SettingKey, _ second: SettingKey, of index: Int?
    ) -> (Found?, Found?) {
        for place in places(of: index) {
            let pair = (look(for: first, in: place), look(for: second, in: place))
            if pair.0 != nil || pair.1 != nil { return pair }
        }
        return (nil, nil)
    }

    /// A listed app's value and a different value from a flag or variable, which would otherwise
    /// have precedence. `keys` are forms of one setting.
    func overruled(_ keys: [SettingKey], of index: Int?) -> (listed: Found, outside: Found)? {
        func first(in places: Place...) -> Found? {
            places.flatMap { place in keys.compactMap { look(for: $0, in: place) } }.first
        }
        guard let index, let listed = first(in: .listed(index)),
            let outside = first(in: .flags, .environment), listed.texts != outside.texts
        else { return nil }
        return (listed, outside)
    }

    private func look(for key: SettingKey, in place: Place) -> Found? {
        switch place {
        case .listed(let index): return file?.apps?[index].values[key]
        case .file: return file?.values[key]
        case .fallbacks:
            return sources.fallbacks[key].map { fallback in
                Found(texts: [fallback.text], origin: .flag(fallback.flag))
            }
        case .flags:
            guard let flag = key.flag, let texts = sources.flags[key] else { return nil }
            return Found(texts: texts, origin: .flag(flag))
        case .environment:
            for name in key.variables {
                guard let text = Search.value(of: name, sources) else { continue }
                let texts = key == .appAddresses ? Search.parts(of: text) : [text]
                return Found(texts: texts, origin: .environment(name))
            }
            return nil
        }
    }

    /// An empty variable counts as unset, and so does a link to a service.
    static func value(of name: String, _ sources: SettingSources) -> String? {
        sources.variable(name).flatMap { $0.isEmpty || isServiceLink(name, $0) ? nil : $0 }
    }

    /// Kubernetes gives every container variables for the services of its namespace: a service
    /// called "app" makes `APP_PORT` be `tcp://10.96.12.7:3500`.
    static func isServiceLink(_ name: String, _ text: String) -> Bool {
        name.hasSuffix("_PORT") && text.contains("://")
    }

    private static func parts(of text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}

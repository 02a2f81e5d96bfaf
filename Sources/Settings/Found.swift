// Where values come from, and the errors about them.

/// Where a value was found. Its description is the subject of an error about it.
package enum Origin: Hashable, Sendable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    /// `line` is where the value begins; `key` includes the app it is under: `apps[0].http-port`.
    case file(path: String, line: Int?, key: String)
    case standard

    package var description: String {
        switch self {
        case .flag(let name), .environment(let name): name
        case .file(let path, let line, let key):
            line.map { "\(path), line \($0): \(key)" } ?? "\(path): \(key)"
        case .standard: "the default"
        }
    }
}

/// A value as found, not yet interpreted.
struct Found: Equatable, Sendable {
    /// One text, or several for a list.
    let texts: [String]
    var isList = false
    let origin: Origin
}

/// What is wrong with the settings, in one line. It may quote the found text unescaped.
package struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    init(_ origin: Origin, _ reason: String) { description = "\(origin) \(reason)" }
}

/// A text that must never be shown.
package struct Secret: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    package let text: String

    package var description: String { "set" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

// The identity of a job: namespace, target, name. Compared as bytes: two spellings of "é" are two
// names, as on the wire.

/// What a job calls: an app, or an actor's reminder.
package enum Target: Hashable, Sendable {
    case app(String)
    case actor(type: String, id: String)
}

/// The identity of a job. A name can be reused after a delete; a generation never is.
///
/// Ordered by namespace, target and name, so that the jobs of one app are adjacent, in the order of
/// their names.
package struct JobID: Hashable, Comparable, Sendable {
    /// The kind's byte, then the parts; each but the last ends with a NUL, which no part may
    /// contain.
    package let key: [UInt8]

    /// Rejects parts that are empty, too long or contain forbidden bytes. Dapr: the name rules of
    /// its 1.18 scheduler.
    package init(namespace: String, target: Target, name: String) throws(InvalidField) {
        if name == "." || name == ".." {
            throw InvalidField("name", "must not be \"\(name)\"")
        }
        var parts = [("namespace", namespace, JobLimits.scopePartBytesMax)]
        var key: [UInt8]
        switch target {
        case .app(let appID):
            key = [JobID.appKind]
            parts.append(("app id", appID, JobLimits.scopePartBytesMax))
        case .actor(let type, let id):
            key = [JobID.actorKind]
            parts.append(("actor type", type, JobLimits.scopePartBytesMax))
            parts.append(("actor id", id, JobLimits.nameBytesMax))
        }
        parts.append(("name", name, JobLimits.nameBytesMax))
        for (field, part, limit) in parts {
            try JobID.check(part, field: field, limit: limit)
            if key.count > 1 { key.append(JobID.separator) }
            key.append(contentsOf: part.utf8)
        }
        self.key = key
    }

    /// The identity stored as `key`, or `nil` if `key` breaks the rules for identities; checked
    /// without copying.
    package init?(key: [UInt8]) {
        let isActor = key.first == JobID.actorKind
        guard isActor || key.first == JobID.appKind else { return nil }
        let isValid = key.withUnsafeBufferPointer { key in
            var start = 1
            let partsMax = isActor ? 4 : 3
            for part in 1...partsMax {
                let rest = key[start...]
                let end =
                    part == partsMax
                    ? key.endIndex : rest.firstIndex(of: JobID.separator) ?? key.endIndex
                let limit =
                    part == partsMax || isActor && part == 3
                    ? JobLimits.nameBytesMax : JobLimits.scopePartBytesMax
                let bytes = key[start..<end]
                if part < partsMax && end == key.endIndex { return false }
                if bytes.isEmpty || bytes.count > limit { return false }
                if bytes.contains(where: JobID.isRefused) { return false }
                if part == partsMax, bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8)
                {
                    return false
                }
                start = end + 1
            }
            return true
        }
        guard isValid, String(validating: key, as: UTF8.self) != nil else { return nil }
        self.key = key
    }

    /// The same identity in memory of its own and of minimal size. A decoded identity lies among
    /// bytes that are soon freed and would keep their memory from being reused.
    package var compact: JobID { JobID(valid: key.withUnsafeBufferPointer { Array($0) }) }

    private init(valid key: [UInt8]) { self.key = key }

    package var namespace: String { parts.namespace }
    package var target: Target { parts.target }
    package var name: String {
        let start = (key.lastIndex(of: JobID.separator) ?? 0) + 1
        return String(decoding: key[start...], as: UTF8.self)
    }

    /// Both, in one pass over the key.
    package var parts: (namespace: String, target: Target) {
        let parts = JobID.split(key)
        let target: Target =
            parts.count == 3 ? .app(parts[1]) : .actor(type: parts[1], id: parts[2])
        return (parts[0], target)
    }

    /// The route whose receivers get its triggers.
    package var route: RouteKey {
        // Kind, namespace, NUL, app id or actor type: up to the second NUL.
        var separators = 0
        let end = key.firstIndex { byte in
            separators += byte == JobID.separator ? 1 : 0
            return separators == 2
        }
        return RouteKey(key: Array(key[..<(end ?? key.endIndex)]))
    }

    /// Whether it is an app's job; otherwise it is an actor's reminder.
    package var isOfApp: Bool { key.first == JobID.appKind }

    /// Whether its triggers go to receivers of `route`: `self.route == route`, without making one.
    package func isRouted(to route: RouteKey) -> Bool {
        key.count > route.key.count && key[route.key.count] == JobID.separator
            && key.starts(with: route.key)
    }

    package static func < (left: JobID, right: JobID) -> Bool {
        left.key.precedes(right.key)
    }

    static let appKind = UInt8(ascii: "a")
    static let actorKind = UInt8(ascii: "r")
    static let separator: UInt8 = 0

    fileprivate static func split(_ key: [UInt8]) -> [String] {
        key.withUnsafeBufferPointer { key in
            var parts: [String] = []
            parts.reserveCapacity(4)
            var start = 1
            for place in 1...key.count where place == key.count || key[place] == separator {
                parts.append(String(decoding: key[start..<place], as: UTF8.self))
                start = place + 1
            }
            return parts
        }
    }

    fileprivate static func check(_ part: String, field: String, limit: Int) throws(InvalidField) {
        if part.isEmpty { throw InvalidField(field, "is empty") }
        if part.utf8.count > limit {
            throw InvalidField(field, "is \(part.utf8.count) bytes long; at most \(limit) fit")
        }
        if let byte = part.utf8.first(where: isRefused) {
            let shown =
                byte < 0x20 || byte == 0x7F
                ? "the control character \(byte)" : "\"\(Character(UnicodeScalar(byte)))\""
            throw InvalidField(field, "must not contain \(shown)")
        }
    }

    /// Bytes that no part may contain: those that would change the meaning of a path, and control
    /// characters.
    private static func isRefused(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "?"): true
        case 0..<0x20, 0x7F: true
        default: false
        }
    }
}

/// A destination of triggers: an app of a namespace, or all hosts of an actor type.
package struct RouteKey: Hashable, Comparable, Sendable {
    /// The kind's byte, the namespace, a NUL, the app id or actor type.
    package let key: [UInt8]

    fileprivate init(key: [UInt8]) { self.key = key }

    package init(namespace: String, actorType: String) throws(InvalidField) {
        self = try JobID(
            namespace: namespace, target: .actor(type: actorType, id: "-"), name: "-"
        ).route
    }

    package init(namespace: String, appID: String) throws(InvalidField) {
        self = try JobID(namespace: namespace, target: .app(appID), name: "-").route
    }

    /// The route stored as `key`, or `nil` if `key` is not the key of a route.
    package init?(storedKey key: [UInt8]) {
        let suffix: [UInt8] = key.first == JobID.actorKind ? [0, 0x2D, 0, 0x2D] : [0, 0x2D]
        guard let route = JobID(key: key + suffix)?.route, route.key == key else { return nil }
        self = route
    }

    package var namespace: String { JobID.split(key)[0] }
    /// The app id or the actor type.
    package var receiverName: String { JobID.split(key).last ?? "" }
    package var isApp: Bool { key.first == JobID.appKind }

    package static func < (left: RouteKey, right: RouteKey) -> Bool {
        left.key.precedes(right.key)
    }
}

/// A field of a request that cannot be accepted, and the reason, as text for the caller.
package struct InvalidField: Error, Equatable, Sendable {
    package let field: String
    package let reason: String

    package init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }
}

extension JobID {
    /// A search bound in the order of jobs, not an identity: the smallest key that begins with
    /// `prefix`. `nil` for the empty prefix.
    package init?(lowerBound prefix: [UInt8]) {
        guard !prefix.isEmpty else { return nil }
        self.init(unchecked: prefix)
    }

    /// The search bounds of all keys that begin with `prefix`: the first of them, and the first behind them. `nil` for
    /// the empty prefix.
    package static func bounds(of prefix: [UInt8]) -> (lower: JobID, upper: JobID)? {
        // 255 is in no key.
        guard let lower = JobID(lowerBound: prefix) else { return nil }
        return (lower, JobID(unchecked: prefix + [.max]))
    }

    private init(unchecked key: [UInt8]) { self.key = key }
}

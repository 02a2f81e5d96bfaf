// Which jobs a prefix of keys covers, in words. A key is namespace, app (or actor type and id) and
// name; a prefix ends within one of these parts and contains those before it whole.

/// The parts of a key's prefix.
struct PrefixScope {
    /// The whole parts, then the partial one.
    let fields: [(field: Field, part: String)]

    private static let app: [Field] = [.namespace, .app, .name]
    private static let actor: [Field] = [.namespace, .actorType, .actorID, .name]

    /// `nil` if no key can begin like this.
    init?(key: [UInt8]) {
        let isActor: Bool
        switch key.first {
        case UInt8(ascii: "a"): isActor = false
        case UInt8(ascii: "r"): isActor = true
        default: return nil
        }
        let whole = isActor ? PrefixScope.actor : PrefixScope.app
        let parts = key.dropFirst().split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count > 1, parts.count <= whole.count else { return nil }
        let last = parts.count - 1
        let beginning: Field
        switch whole[last] {
        case .app: beginning = .appPrefix
        case .actorType: beginning = .actorTypePrefix
        case .actorID: beginning = .actorIDPrefix
        case .name: beginning = .namePrefix
        default: return nil
        }
        var fields: [(field: Field, part: String)] = []
        for (index, bytes) in parts.enumerated() {
            guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
            fields.append((index == last ? beginning : whole[index], text))
        }
        self.fields = fields
    }
}

// A JSON value as data of jobs holds it. Swift compares and hashes texts by their canonical form, which
// makes two different keys one and takes quadratic time for a long row of combining marks, so no
// text of a value is ever compared or hashed but by its bytes.

package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// Finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable {
        package let key: String
        package let value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The members of an object in their order, no two with the same key; of another value none.
    package var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    /// A member of an object.
    package subscript(_ key: String) -> JSONValue? {
        members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The members of an object in the order of their keys' bytes.
    static func sorted(_ members: [Member]) -> [Member] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}

/// The keys of an object, by their bytes.
struct JSONKeys {
    private var indices: [[UInt8]: Int] = [:]

    /// The index at which the key was added before; `nil` if it is new, and then it is added.
    mutating func add(_ key: String, at index: Int) -> Int? {
        let bytes = Array(key.utf8)
        if let known = indices[bytes] { return known }
        indices[bytes] = index
        return nil
    }
}

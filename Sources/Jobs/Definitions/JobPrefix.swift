// Sets of jobs by prefix: those of one app or one actor whose names share a prefix, those of apps or
// actors whose ids do, and those of a namespace.

/// The beginning of a name or of an id. Compared as bytes, like all names.
package struct JobPrefix: Hashable, Sendable {
    /// The prefix shared by the keys of exactly these jobs: each part of a key except the name ends
    /// with a separator that no part may contain.
    package let key: [UInt8]

    /// The empty `prefix` means all jobs. Rejects a prefix that no name can have.
    package init(namespace: String, target: Target, prefix: String) throws(InvalidField) {
        let placeholder = "-"
        let whole = try JobID(namespace: namespace, target: target, name: placeholder)
        // Every prefix of a name is itself a valid name, except the empty one, "." and "..".
        if !["", ".", ".."].contains(prefix) {
            do throws(InvalidField) {
                _ = try JobID(namespace: namespace, target: target, name: prefix)
            } catch {
                throw InvalidField("prefix", error.reason)
            }
        }
        key = whole.key.dropLast(placeholder.utf8.count) + Array(prefix.utf8)
    }

    /// All jobs of apps whose ids begin with `appIDs`.
    package init(namespace: String, appIDs: String) throws(InvalidField) {
        key = try RouteKey(namespace: namespace, appID: appIDs).key
    }

    /// All reminders of actors of a type whose ids begin with `ids`; the empty text means all.
    package init(namespace: String, actorType: String, ids: String) throws(InvalidField) {
        // The empty text is not an id, but it is a prefix of every id.
        let target = Target.actor(type: actorType, id: ids.isEmpty ? "-" : ids)
        let route = try JobID(namespace: namespace, target: target, name: "-").route
        key = route.key + [JobID.separator] + Array(ids.utf8)
    }

    /// What a job calls, without saying which.
    package enum Kind: CaseIterable, Sendable {
        /// The jobs of apps.
        case app
        /// The reminders of actors.
        case actor
    }

    /// All jobs of both kinds.
    package static let everything = JobPrefix(key: [])

    /// All jobs of a kind, in every namespace.
    package init(_ kind: Kind) {
        key = [kind == .app ? JobID.appKind : JobID.actorKind]
    }

    private init(key: [UInt8]) { self.key = key }

    /// All jobs of a kind in exactly this namespace: a namespace that only begins so is another.
    package init(_ kind: Kind, namespace: String) throws(InvalidField) {
        // Checks the namespace.
        _ = try RouteKey(namespace: namespace, appID: "-")
        key = JobPrefix(kind).key + Array(namespace.utf8) + [JobID.separator]
    }

    package func contains(_ id: JobID) -> Bool { id.key.starts(with: key) }

    /// The job whose name is the prefix followed by `rest`, or `nil` if that is not a valid name.
    package func id(endingIn rest: some Sequence<UInt8>) -> JobID? { JobID(key: key + rest) }

    /// The part of `id` after the prefix; `id` must have the prefix.
    package func rest(of id: JobID) -> ArraySlice<UInt8> { id.key.dropFirst(key.count) }
}

/// A namespace as the owner of jobs.
package struct JobNamespace: Hashable, Sendable {
    package let name: String
    /// Its jobs of apps, then its reminders of actors; both and nothing else.
    package let prefixes: [JobPrefix]

    package init(_ name: String) throws(InvalidField) {
        self.name = name
        prefixes = [
            try JobPrefix(.app, namespace: name), try JobPrefix(.actor, namespace: name),
        ]
    }
}

extension JobID {
    /// A search bound in the order of jobs, directly after `id`; not an identity.
    package init?(behind id: JobID) {
        // A NUL occurs in a key only at the end of a part, so no key lies between the two.
        self.init(lowerBound: id.key + [0])
    }
}

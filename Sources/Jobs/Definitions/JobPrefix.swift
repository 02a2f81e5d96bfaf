// Sets of jobs by prefix: those of one app or one actor whose names share a prefix, and those of
// apps or actors whose ids do.

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

    package func contains(_ id: JobID) -> Bool { id.key.starts(with: key) }

    /// The job whose name is the prefix followed by `rest`, or `nil` if that is not a valid name.
    package func id(endingIn rest: some Sequence<UInt8>) -> JobID? { JobID(key: key + rest) }

    /// The part of `id` after the prefix; `id` must have the prefix.
    package func rest(of id: JobID) -> ArraySlice<UInt8> { id.key.dropFirst(key.count) }
}

extension JobID {
    /// A search bound in the order of jobs, directly after `id`; not an identity.
    package init?(behind id: JobID) {
        // A NUL occurs in a key only at the end of a part, so no key lies between the two.
        self.init(lowerBound: id.key + [0])
    }
}

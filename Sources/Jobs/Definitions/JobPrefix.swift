// Many jobs at once: those of one app, or of one actor, whose names begin alike; and those of apps
// or actors whose ids do.

/// The beginning of a name, or of an id. Bytes are compared, as everywhere in names.
package struct JobPrefix: Hashable, Sendable {
    /// What the keys of these jobs begin with, and no other key does: each part of a key but the
    /// name ends with a separator that no part may contain.
    package let key: [UInt8]

    /// The empty `prefix` means all jobs. Refuses what no name could begin with.
    package init(namespace: String, target: Target, prefix: String) throws(InvalidField) {
        let placeholder = "-"
        let whole = try JobID(namespace: namespace, target: target, name: placeholder)
        // All that begins a name is a name itself, but for nothing and the two that are directions.
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
        // The empty id is none, but begins all.
        let target = Target.actor(type: actorType, id: ids.isEmpty ? "-" : ids)
        let route = try JobID(namespace: namespace, target: target, name: "-").route
        key = route.key + [JobID.separator] + Array(ids.utf8)
    }

    package func contains(_ id: JobID) -> Bool { id.key.starts(with: key) }

    /// The job of these whose name goes on with `rest`, or `nil` if no name does.
    package func id(endingIn rest: some Sequence<UInt8>) -> JobID? { JobID(key: key + rest) }

    /// What `id` has behind the prefix; `id` must be one of these.
    package func rest(of id: JobID) -> ArraySlice<UInt8> { id.key.dropFirst(key.count) }
}

extension JobID {
    /// A place in the order of jobs: right behind `id`. Not an identity; only for searching.
    package init?(behind id: JobID) {
        // No part of a key holds a NUL but as its end, so nothing stands between the two.
        self.init(lowerBound: id.key + [0])
    }
}

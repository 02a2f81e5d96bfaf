package import EventLog

extension JobProjection {
    /// The state at the origin of `log`: empty, unless its beginning has been removed. Throws `damaged` if
    /// what its base says of that cannot be read.
    package init(atOriginOf log: borrowing some LogReader & ~Copyable) throws(LogError) {
        guard let state = try log.state(.projection) else {
            self.init()
            return
        }
        let origin = try log.origin()
        do {
            var reader = CheckpointReader(of: log.identity)
            try reader.read(state)
            let found = try reader.finish()
            guard found.seal == origin else {
                throw CheckpointError.damaged(at: 0, reason: "it stands on another record")
            }
            self = found.projection
        } catch {
            throw .damaged(
                at: origin.last, detail: "the state of the base cannot be read: \(error)")
        }
    }
}

package import EventLog

extension LMDBReader {
    /// The seals after record `sequence`, oldest first, at most `limit` of them; empty when there
    /// are no more. Each has passed its checksum; the digest chain is not checked.
    ///
    /// Throws `damaged` at the first one whose checksum fails.
    package func seals(
        after sequence: SequenceNumber, limit: Int
    ) throws(LogError) -> [Seal] {
        do {
            return try environment.read { transaction throws(StoreFailure) in
                _ = try transaction.lastSeal(of: identity)
                let cursor = try Cursor(in: transaction.databases.seals, of: transaction)
                var seals: [Seal] = []
                var row = try cursor.move(to: .atOrAfter(sequence.next))
                while let found = row, seals.count < limit {
                    seals.append(try StoredSeal(found).seal)
                    row = try cursor.move(to: .next)
                }
                return seals
            }
        } catch { throw error.onRead }
    }
}

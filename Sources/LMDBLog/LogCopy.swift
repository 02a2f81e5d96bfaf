// A copy of a log, beside its writer too: the same identity, records, payloads and seals, turn by
// turn, so that its digest chain is the same one. Only the transaction numbers in its seals are its
// own: many turns become one write transaction here, because nobody waits for any of them, and a
// sync a turn would take hours for what takes seconds.
//
// A turn is put as a writer puts it, and the seal that comes out must be the one the log holds; so
// nothing gets into a copy that does not fit the chain.

package import EventLog
import Failpoints

extension LMDBReader {
    /// What a copy to `target` is called until it is whole. A copy that dies leaves it, and the next
    /// one to the same place replaces it.
    package static func unfinishedName(of target: String) -> String {
        var target = target[...]
        while target.utf8.count > 1, target.hasSuffix("/") { target.removeLast() }
        return target + CopyTarget.unfinishedSuffix
    }

    /// Copies the log up to the turn that `end` ends into the data directory `target`, which must be
    /// missing or empty. When this returns the copy is whole, synced, and can be served.
    ///
    /// `check` gets every turn before it is written; the copy ends with what it throws. After any
    /// throw there is no `target` (unless the directory that names it could not be synced, which is
    /// `broken`), and nothing is left of the copy as far as it could be removed.
    /// Throws `damaged` where the log is not what was written, `cannotOpen` or `locked` if no copy
    /// can be made at `target`, `notStored` and `broken` if its disk is full or fails.
    package func copy(
        to target: String, through end: Seal, options: LMDBOptions = LMDBOptions(),
        checking check: (SealedTurn) throws(LogError) -> Void
    ) throws(LogError) {
        let place: CopyTarget
        do { place = try CopyTarget(at: target) } catch {
            throw error.refusal == .full ? .notStored(.full, detail: error.detail) : error.onRead
        }
        Failpoint.copyBegun.hit()
        do throws(StoreFailure) {
            let rows = MetaRows(identity: identity, created: created)
            try place.directory.makeSegment(first: .zero.next) { path throws(StoreFailure) in
                let copy = try Environment(
                    at: path, access: .create(rows), mapSize: options.mapSize)
                try fill(copy, through: end, bytes: options.copyBytes, check)
            }
            Failpoint.copyFilled.hit()
            try place.finish()
        } catch {
            let failure = place.failure(of: error)
            place.remove()
            throw failure
        }
    }

    private func fill(
        _ copy: borrowing Environment, through end: Seal, bytes: Int,
        _ check: (SealedTurn) throws(LogError) -> Void
    ) throws(StoreFailure) {
        var last = Seal.genesis(of: identity)
        while last.last < end.last {
            let page: TurnPage
            do { page = try turns(after: last, through: end.last, bytes: bytes) } catch {
                throw .log(error)
            }
            if let failure = page.failure { throw .log(failure) }
            last = try copy.write { transaction throws(StoreFailure) in
                try transaction.append(page.turns, after: last, check)
            }
            Failpoint.copyPageWritten.hit()
        }
        guard last == end else {
            throw .log(
                .damaged(at: end.last, detail: "the seal there is not the one noted before"))
        }
    }
}

extension WriteTransaction {
    /// Puts `turns`, each of which must come to the seal the log holds. Returns the last of them.
    fileprivate func append(
        _ turns: [SealedTurn], after last: Seal,
        _ check: (SealedTurn) throws(LogError) -> Void
    ) throws(StoreFailure) -> Seal {
        var last = last
        for turn in turns {
            do { try check(turn) } catch { throw .log(error) }
            last = try append(turn.turn, after: last)
            guard last == turn.seal else {
                throw .log(
                    .damaged(
                        at: last.first,
                        detail: "the digest of records \(last.first) to \(last.last) does not fit"))
            }
        }
        return last
    }
}

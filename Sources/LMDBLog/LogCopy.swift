// A copy of a log, possibly while its writer runs: the same identity, records, payloads and seals,
// turn by turn, so that its digest chain is the same. Only the transaction numbers in its seals
// differ: many turns are written in one transaction here, because nobody waits for any of them, and
// one sync per turn would take hours instead of seconds.
//
// A turn is written as a writer writes it, and the resulting seal must equal the one in the log; so
// nothing that does not fit the chain gets into a copy.

package import EventLog
import Failpoints

extension LMDBReader {
    /// The name of a copy to `target` until it is complete. A copy that dies leaves it behind, and
    /// the next copy to the same place replaces it.
    package static func unfinishedName(of target: String) -> String {
        var target = target[...]
        while target.utf8.count > 1, target.hasSuffix("/") { target.removeLast() }
        return target + CopyTarget.unfinishedSuffix
    }

    /// Copies the log up to the turn that `end` ends into the data directory `target`, which must
    /// be missing or empty. When this returns the copy is complete, synced, and can be served.
    ///
    /// `check` gets every turn before it is written; whatever it throws ends the copy. After any
    /// throw there is no `target` (unless its parent directory could not be synced, which is
    /// `broken`), and the remains of the copy have been removed as far as possible. Throws
    /// `damaged` if the log is damaged, `cannotOpen` or `locked` if no copy can be made at
    /// `target`, `notStored` if its disk is full, and `broken` if its disk fails.
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
            let origin = segments.origin
            let rows = MetaRows(identity: identity, created: created, continuing: origin)
            var isNamed = false
            try place.directory.makeSegment(first: origin.last.next, isNamed: &isNamed) {
                path throws(StoreFailure) in
                let copy = try Environment(
                    at: path, access: .create(rows), mapSize: options.mapSize)
                try fill(copy, after: origin, through: end, bytes: options.copyBytes, check)
                if origin.last > .zero {
                    try FileSystem.copyDirectory(
                        segments.directory.basePath(origin.last.next), to: path + "/base")
                }
            }
            Failpoint.copyFilled.hit()
            try place.finish()
        } catch {
            let failure = place.directory.failure(of: error)
            place.remove()
            throw failure
        }
    }

    private func fill(
        _ copy: borrowing Environment, after origin: Seal, through end: Seal, bytes: Int,
        _ check: (SealedTurn) throws(LogError) -> Void
    ) throws(StoreFailure) {
        var last = origin
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
    /// Writes `turns`; each must produce the seal that the log holds. Returns the last seal.
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

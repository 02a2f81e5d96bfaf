// Jobs deleted by prefix. There may be a million of them, so their event takes away only their names, in whole chunks:
// from then on they do not live. Their rows, which lie apart, in the order of their generations, are freed later, some
// in each turn. A row lives if its name is there and leads to it; a job that got such a name meanwhile has another
// generation. Nothing of this is durable: a fold outside a turn frees all rows at once, and a checkpoint leaves them
// out.

package import EventLog
import Jobs

extension JobProjection {
    /// How many live jobs have a key that begins with `prefix`.
    package func count(withKeyPrefix prefix: [UInt8]) -> Int {
        guard let range = JobID.bounds(of: prefix) else { return 0 }
        return names.count(from: range.lower, to: range.upper)
    }

    /// Whether `generation` has a row that is to be freed.
    func isEnded(_ generation: SequenceNumber) -> Bool {
        endedCount > 0 && rows[generation].map { !isLive(generation, $0) } ?? false
    }

    /// The numbers of live jobs by phase. While rows are to be freed, those of them that wait for another attempt count
    /// among the live ones in place of jobs that wait for their first; the sum is exact.
    package var phases: PhaseCounts { phasesOfRows.leavingOut(endedCount) }

    /// Ends all jobs whose key begins with `prefix`: takes away their names. Those in flight, which are no more than
    /// receivers have room for, have no rows any more either; their triggers stay, with the event that ended them.
    mutating func endAll(withKeyPrefix prefix: [UInt8], by sequence: SequenceNumber) {
        guard let range = JobID.bounds(of: prefix) else { return }
        let part = names.cut(from: range.lower, to: range.upper)
        journal?.changes.append(.namesEnded(part))
        ended.append(part)
        for trigger in inFlightTriggers(where: { $0.endedBy == nil }) {
            guard var entry = inFlight[trigger],
                rows[entry.generation]?.id.key.starts(with: prefix) == true
            else { continue }
            entry.endedBy = sequence
            setInFlight(trigger, entry)
            setRow(entry.generation, nil)
        }
        // Outside a turn nobody would come back for the rest.
        if journal == nil { free(max: .max) }
    }

    /// Frees at most `max` rows of jobs that were deleted by prefix. Returns how many it looked for.
    @discardableResult
    package mutating func free(max: Int) -> Int {
        var count = 0
        while count < max, let last = ended.indices.last {
            guard let generation = ended[last].popLast() else {
                ended.removeLast()
                continue
            }
            setRow(generation, nil)
            count += 1
        }
        laneTable.giveUpIdle()
        return count
    }

    /// Frees the row of one job that was deleted by prefix. Returns false if there is none.
    package mutating func free(_ generation: SequenceNumber) -> Bool {
        guard isEnded(generation) else { return false }
        setRow(generation, nil)
        laneTable.giveUpIdle()
        return true
    }

    /// The first live generation whose key begins with `prefix` and that has no tick left, if there is any.
    func finishedJob(withKeyPrefix prefix: [UInt8]) -> SequenceNumber? {
        // Such a job lives for a moment only, so as a rule there is nothing to search for.
        guard phasesOfRows.sum < rows.count, let start = JobID.bounds(of: prefix)?.lower else {
            return nil
        }
        var finished: SequenceNumber?
        names.forEach(from: start) { id, generation in
            guard id.key.starts(with: prefix) else { return false }
            if rows[generation]?.tick.phase == .finished { finished = generation }
            return finished == nil
        }
        return finished
    }
}

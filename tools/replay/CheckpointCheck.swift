// The law of checkpoints, held against the one beside the log: its state, with every record behind
// it, is the state of the whole log. Both are folded to the head and written as checkpoints, whose
// bytes are the same exactly when the states are.

import Checkpoints
import EventLog
import JobState
import Jobs

struct CheckpointCheck {
    private let log: LogID
    private let path: String
    private var unusable: String?
    private var fold: CheckpointFold?

    /// Reads the checkpoint of `directory`. To be done before the head is looked at: then a live
    /// writer cannot have one that is ahead of it.
    init(in directory: String, of log: LogID) throws(LogError) {
        self.log = log
        path = directory + "/checkpoint"
        switch CheckpointFile(directory: directory).load(of: log) {
        case .nothing: break
        case .unusable(let reason): unusable = reason
        case .checkpoint(let checkpoint): fold = CheckpointFold(checkpoint)
        }
        try pass(.genesis(of: log), [])
    }

    /// Goes on with the next turn of the log. Throws `damaged` if the checkpoint stands there, but
    /// on another turn: a server refuses such a log, because one of the two is not what it was.
    mutating func pass(_ seal: Seal, _ records: [Record]) throws(LogError) {
        try fold?.pass(seal, records)
    }

    /// Concludes at the head, where the whole log makes `projection`.
    func conclude(
        _ head: Seal, _ projection: JobProjection, _ report: inout VerifyReport
    ) throws(LogError) {
        guard let fold else { return }
        guard fold.isReached else {
            throw .damaged(
                at: head.last.next,
                detail: "the log ends at record \(head.last), but a checkpoint stands on"
                    + " \(fold.seal.last): its end is lost")
        }
        let isEqual =
            fold.refusal == nil
            && digest(of: fold.projection, at: head) == digest(of: projection, at: head)
        report.checkpoint?.state = isEqual ? .equal : .different
        guard !isEqual else { return }
        let why = fold.refusal.map { ": record \($0.sequence) does not follow, \($0.reason)" }
        report.add(
            .checkpointDiffers, at: fold.seal.last,
            "the checkpoint stands on record \(fold.seal.last), and its state with the records"
                + " behind it is not the state of the log\(why ?? ""); delete \(path)")
    }

    /// What can be said before the log is read.
    func begin(_ report: inout VerifyReport) {
        report.checkpoint = CheckpointReport(
            state: fold != nil ? .notCompared : unusable != nil ? .unusable : .none,
            last: fold?.seal.last.rawValue)
        guard let unusable else { return }
        report.add(
            .checkpointUnusable, at: nil,
            "the checkpoint cannot be used, so a start folds the whole log: \(unusable); delete"
                + " \(path)")
    }

    /// The digest a checkpoint of `projection` ends with.
    private func digest(of projection: JobProjection, at head: Seal) -> [UInt8] {
        var writer = CheckpointWriter(projection, seal: head, log: log)
        var last: [UInt8] = []
        while let block = writer.next() { last = block }
        return last
    }
}

/// What a server would begin from, and go on with.
private struct CheckpointFold {
    let seal: Seal
    private(set) var projection: JobProjection
    /// Whether the log was read up to there.
    private(set) var isReached = false
    /// Why a record behind it does not follow from its state.
    private(set) var refusal: CorruptHistory?

    init(_ checkpoint: Checkpoint) {
        seal = checkpoint.seal
        projection = checkpoint.projection
    }

    mutating func pass(_ next: Seal, _ records: [Record]) throws(LogError) {
        guard isReached else {
            guard next.last >= seal.last else { return }
            guard next == seal else {
                throw .damaged(
                    at: seal.last,
                    detail: "a checkpoint stands on record \(seal.last), but of another history")
            }
            isReached = true
            return
        }
        guard refusal == nil else { return }
        for record in records {
            do {
                try projection.apply(record)
            } catch {
                refusal = error
                return
            }
        }
    }
}

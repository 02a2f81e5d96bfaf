// Checks the checkpoint beside the log: its state, with the records after it applied, must be the state of the
// whole log. Both are folded to the head and written as checkpoints, whose bytes are equal exactly if the
// states are.

import Checkpoints
import EventLog
import JobState
import Jobs

struct CheckpointCheck {
    private let log: LogID
    private let path: String
    private var unusable: String?
    private var fold: CheckpointFold?

    /// Reads the checkpoint of `directory`. Must be called before the head is read, so that a checkpoint
    /// of a live writer cannot be ahead of it.
    init(in directory: String, of log: LogID, from origin: Seal) throws(LogError) {
        self.log = log
        path = directory + "/checkpoint"
        switch CheckpointFile(directory: directory).load(of: log) {
        case .nothing: break
        case .unusable(let reason): unusable = reason
        case .checkpoint(let checkpoint) where checkpoint.seal.last < origin.last:
            unusable = "it stands on record \(checkpoint.seal.last), before the log begins"
        case .checkpoint(let checkpoint): fold = CheckpointFold(checkpoint)
        }
        try pass(origin, [])
    }

    /// Takes the next turn of the log. Throws `damaged` if the checkpoint ends there but with another
    /// seal: a server refuses such a log, because one of the two has been altered.
    mutating func pass(_ seal: Seal, _ records: [Record]) throws(LogError) {
        try fold?.pass(seal, records)
    }

    /// Compares the states at the head. `projection` is the state of the whole log.
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

    /// Reports what is known before the log is read.
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

    /// The digest at the end of a checkpoint of `projection`.
    private func digest(of projection: JobProjection, at head: Seal) -> [UInt8] {
        var writer = CheckpointWriter(projection, seal: head, log: log)
        var last: [UInt8] = []
        while let block = writer.next() { last = block }
        return last
    }
}

/// The checkpoint's state, to which the records after it are applied.
private struct CheckpointFold {
    let seal: Seal
    private(set) var projection: JobProjection
    /// Whether the log has been read up to the checkpoint.
    private(set) var isReached = false
    /// Why a record after the checkpoint does not follow from its state.
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

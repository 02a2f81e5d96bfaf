// Triggers that have been in flight for very long: a handler that hangs, or a sidecar that never answers.
// They are named, as nothing else may tell of them: there is no time limit unless one is set.

import EventLog
import JobState
import Jobs
import Logging

struct InFlightWatch {
    /// Lines of one look; the others are counted.
    private static let linesMax = 5

    private var lookedAt = Int64.min
    /// Every trigger up to this one was told of, or is in flight no longer.
    private var told = TriggerID(.zero)

    /// Whether it is time to look again, at `now` of the monotonic clock.
    mutating func isDue(at now: Int64) -> Bool {
        guard lookedAt == .min || now - lookedAt >= SchedulerLimits.inFlightInterval else {
            return false
        }
        lookedAt = now
        return true
    }

    /// Names each trigger once that has been in flight for longer than
    /// `SchedulerLimits.inFlightPatience`.
    mutating func look(at projection: borrowing JobProjection, _ now: Timestamp, _ logger: Logger) {
        var found: [(trigger: TriggerID, since: Timestamp, generation: SequenceNumber)] = []
        var count = 0
        projection.inFlight.forEach(from: TriggerID(told.sequence.next)) { trigger, entry in
            let held = now.nanoseconds(since: entry.triggeredAt)
            guard held >= SchedulerLimits.inFlightPatience else { return false }
            count += 1
            told = trigger
            if found.count < Self.linesMax {
                found.append((trigger, entry.triggeredAt, entry.generation))
            }
            return true
        }
        for (index, held) in found.enumerated() {
            var metadata: Logger.Metadata = [
                "trigger": "\(held.trigger.sequence)", "since": "\(InstantText.utc(held.since))",
            ]
            if let id = projection.row(of: held.generation)?.id {
                metadata.merge(id.metadata) { $1 }
            }
            if index == found.count - 1, count > found.count {
                metadata["lines-omitted"] = "\(count - found.count)"
            }
            logger.warning(
                "a trigger has been in flight for more than an hour", metadata: metadata)
        }
    }
}

extension JobID {
    /// What a line about the job names.
    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["namespace": "\(namespace)", "job": "\(name)"]
        switch target {
        case .app(let appID): metadata["app-id"] = "\(appID)"
        case .actor(let type, let id): metadata["actor"] = "\(type)/\(id)"
        }
        return metadata
    }
}

import EventLog
import Jobs

/// Which events concern the jobs of one name, through all its generations. Keeps the generations
/// that may still be named, so its memory is bounded by the triggers that are unanswered.
struct JobTrail {
    let id: JobID
    /// The generation that holds the name, and its definition.
    private(set) var holder: (generation: SequenceNumber, definition: Definition)?
    /// Generations that were replaced or ended, with their triggers that are unanswered.
    private var unanswered: [TriggerID: SequenceNumber] = [:]

    init(of id: JobID) { self.id = id }

    /// The generation that `record` is about, and what held the name before it; `nil` if it is not
    /// about this name.
    mutating func take(
        _ record: Record
    ) -> (generation: SequenceNumber, definition: Definition?)? {
        switch record.event {
        case .created(let definition), .updated(let definition, _):
            guard definition.id == id else { return nil }
            let before = holder?.definition
            holder = (record.sequence, definition)
            return (record.sequence, before)
        case .deleted(let event):
            return end(ifHeldBy: event.generation)
        case .deletedByPrefix(let event):
            guard id.key.starts(with: event.keyPrefix), let holder else { return nil }
            return end(ifHeldBy: holder.generation)
        case .rescheduled(let event): return about(event.generation)
        case .skipped(let event): return about(event.generation)
        case .triggered(let event):
            guard let found = about(event.generation) else { return nil }
            unanswered[TriggerID(record.sequence)] = found.generation
            return found
        case .acknowledged(let event):
            if unanswered[event.trigger] != nil {
                // After a time-out another answer may come.
                if event.outcome != .timedOut { unanswered[event.trigger] = nil }
                return (event.generation, holder?.definition)
            }
            return about(event.generation)
        case .opened, .closed, .zoneRules, .receiverPresent, .receiverAbsent, .frontier,
            .clockMoved, .concurrencyLimited:
            return nil
        }
    }

    private func about(
        _ generation: SequenceNumber
    ) -> (generation: SequenceNumber, definition: Definition?)? {
        guard let holder, holder.generation == generation else { return nil }
        return (generation, holder.definition)
    }

    private mutating func end(
        ifHeldBy generation: SequenceNumber
    ) -> (generation: SequenceNumber, definition: Definition?)? {
        guard let found = about(generation) else { return nil }
        holder = nil
        return found
    }
}

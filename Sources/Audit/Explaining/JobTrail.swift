import EventLog
import Jobs

/// Selects the events of one name through all its generations. Keeps only generations that events may
/// still refer to, so its memory is bounded by the number of unanswered triggers.
struct JobTrail {
    let id: JobID
    /// The generation that holds the name, and its definition.
    private(set) var holder: (generation: SequenceNumber, definition: Definition)?
    /// Unanswered triggers with their generations, including ended ones.
    private var unanswered: [TriggerID: SequenceNumber] = [:]

    init(of id: JobID) { self.id = id }

    /// The generation that `record` is about, and the definition that held the name before; `nil` if the
    /// record is not about this name.
    mutating func take(
        _ record: Record
    ) -> (generation: SequenceNumber, definition: Definition?)? {
        switch record.event.subject {
        case .accepted(let definition):
            guard definition.id == id else { return nil }
            let before = holder?.definition
            holder = (record.sequence, definition)
            return (record.sequence, before)
        case .prefix(let keyPrefix):
            guard id.key.starts(with: keyPrefix), let holder else { return nil }
            return end(ifHeldBy: holder.generation)
        case .job(let generation): return take(record, of: generation)
        case .writer, .route: return nil
        }
    }

    private mutating func take(
        _ record: Record, of generation: SequenceNumber
    ) -> (generation: SequenceNumber, definition: Definition?)? {
        if case .deleted = record.event { return end(ifHeldBy: generation) }
        if case .acknowledged(let event) = record.event, unanswered[event.trigger] != nil {
            // After a time-out another answer may come.
            if event.outcome != .timedOut { unanswered[event.trigger] = nil }
            return (generation, holder?.definition)
        }
        guard let found = about(generation) else { return nil }
        if case .triggered = record.event { unanswered[TriggerID(record.sequence)] = generation }
        return found
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

import EventLog
import EventText
import Jobs

/// Whose the events of a log are. Most name only a generation: the event that accepted the job,
/// which is looked up in the log.
struct JobNames {
    /// Identities remembered at once.
    private static let namesMax = 100_000

    private var names: [SequenceNumber: JobID] = [:]

    /// `nil` if `record` is about no job, or its generation is no acceptance of one.
    mutating func job(
        of record: Record, in reading: borrowing LogReading
    ) throws(LogError) -> JobID? {
        if let id = record.event.accepted?.id { return remember(id, record.sequence) }
        guard let generation = record.event.generation else { return nil }
        if let known = names[generation] { return known }
        guard let id = try reading.record(generation)?.event.accepted?.id else { return nil }
        return remember(id, generation)
    }

    private mutating func remember(_ id: JobID, _ generation: SequenceNumber) -> JobID {
        if names.count >= JobNames.namesMax { names.removeAll() }
        names[generation] = id
        return id
    }
}

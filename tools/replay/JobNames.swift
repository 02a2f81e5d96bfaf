import EventLog
import EventText
import Jobs

/// Finds the jobs of events. Most events name only a generation: the event that accepted the job, which
/// is read from the log.
struct JobNames {
    /// Maximum number of names kept in memory.
    private static let namesMax = 100_000

    private var names: [SequenceNumber: JobID] = [:]

    /// `nil` if `record` is about no job, or its generation is not the acceptance of one.
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

import EventLog
import Jobs

extension RecordBatch {
    /// Decodes record `index`. Throws `corruptHistory` if its bytes are not an event.
    func record(at index: Int) throws(SchedulerError) -> Record {
        do throws(EventCodecError) {
            return try EventCodec.decode(bytes, in: range(at: index), at: sequence(at: index))
        } catch {
            throw .corruptHistory(at: sequence(at: index), reason: "\(error)")
        }
    }
}

import EventLog
import Jobs

extension RecordBatch {
    /// What record `index` says. Throws where its bytes are no event.
    func record(at index: Int) throws(SchedulerError) -> Record {
        do throws(EventCodecError) {
            return try EventCodec.decode(bytes, in: range(at: index), at: sequence(at: index))
        } catch {
            throw .corruptHistory(at: sequence(at: index), reason: "\(error)")
        }
    }
}

import EventLog
import Jobs

extension LogPage {
    /// Record `index` of the page. Throws `damaged` if it cannot be decoded.
    func record(at index: Int) throws(LogError) -> Record {
        let sequence = records.sequence(at: index)
        do {
            return try EventCodec.decode(records.bytes, in: records.range(at: index), at: sequence)
        } catch {
            throw .damaged(at: sequence, detail: "\(error)")
        }
    }
}

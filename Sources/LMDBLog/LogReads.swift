import EventLog

/// The reads that both kinds of handle offer, each in its own transaction.
extension Environment {
    func head(of identity: LogID) throws(LogError) -> Seal {
        do {
            return try read { transaction throws(StoreFailure) in
                try transaction.lastSeal(of: identity)
            }
        } catch { throw error.onRead }
    }

    func page(
        after sequence: SequenceNumber, limit: Int, of identity: LogID
    ) throws(LogError) -> LogPage {
        do {
            return try read { transaction throws(StoreFailure) in
                try transaction.page(after: sequence, limit: limit, of: identity)
            }
        } catch { throw error.onRead }
    }

    func payload(of generation: SequenceNumber) throws(LogError) -> [UInt8]? {
        do {
            return try read { transaction throws(StoreFailure) in
                try transaction.payload(of: generation)
            }
        } catch { throw error.onRead }
    }
}

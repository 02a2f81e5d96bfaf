// A base that is being written. It is made beside the segment's file as base.new, committed and synced
// there, and only then gets its name: under its name it is complete.

package import EventLog
import Failpoints
import Glibc

/// A record that a base keeps.
package struct BaseRecord: Sendable {
    package let sequence: SequenceNumber
    package let bytes: [UInt8]
    /// What is stored beside it: a job's payload, or what an app said.
    package let payload: [UInt8]?

    package init(_ sequence: SequenceNumber, bytes: [UInt8], payload: [UInt8]?) {
        self.sequence = sequence
        self.bytes = bytes
        self.payload = payload
    }
}

/// A base without a name yet. What is added must come in order; each call is one transaction.
package struct NewBase: ~Copyable {
    private let environment: Environment

    fileprivate init(_ environment: consuming Environment) { self.environment = environment }

    /// Adds records, in the order of the log.
    package func put(_ records: [BaseRecord]) throws(LogError) {
        try write { transaction throws(StoreFailure) in
            for record in records {
                try transaction.append(
                    record.bytes, record.bytes.indices, at: record.sequence,
                    to: transaction.databases.events, isLast: true)
                guard let payload = record.payload else { continue }
                try transaction.append(
                    payload, payload.indices, at: record.sequence,
                    to: transaction.databases.payloads, isLast: true)
            }
        }
        Failpoint.baseRecordsWritten.hit()
    }

    /// Adds a state, after those before it in their order.
    package func put(_ bytes: [UInt8], as state: BaseState) throws(LogError) {
        try write { transaction throws(StoreFailure) in
            for (block, start) in stride(from: 0, to: bytes.count, by: Base.blockBytes).enumerated()
            {
                try transaction.append(
                    bytes, start..<min(start + Base.blockBytes, bytes.count),
                    at: Base.key(of: block, in: state), to: transaction.databases.seals,
                    isLast: true)
            }
        }
        Failpoint.baseStateWritten.hit()
    }

    private func write(
        _ body: (borrowing WriteTransaction) throws(StoreFailure) -> Void
    ) throws(LogError) {
        do throws(StoreFailure) { try environment.write(body) } catch {
            throw error.isDiskFull ? .notStored(.full, detail: error.detail) : error.onRead
        }
    }
}

extension DataDirectory {
    /// Makes the base of the segment that begins with record `first`; one that is there is replaced.
    /// When this returns it is complete and survives a power cut. After a throw there is none, but for what
    /// a later call removes.
    func makeBase(
        _ first: SequenceNumber, _ rows: MetaRows, mapSize: Int,
        fill: (borrowing NewBase) throws(LogError) -> Void
    ) throws(StoreFailure) {
        let path = basePath(first)
        let building = path + DataDirectory.unfinished
        for old in [building, path] where FileSystem.exists(old) { try FileSystem.remove(old) }
        try FileSystem.makeDirectory(building)
        do throws(StoreFailure) {
            let base = NewBase(
                try Environment(
                    at: building, access: .create(rows), holds: .base, mapSize: mapSize))
            do throws(LogError) { try fill(base) } catch { throw .log(error) }
        } catch {
            try? FileSystem.remove(building)
            throw error
        }
        unlink(building + "/lock.mdb")
        try FileSystem.sync(building)
        Failpoint.baseSynced.hit()
        guard rename(building, path) == 0 else { throw .system("rename \(building)") }
        Failpoint.baseNamed.hit()
        try FileSystem.sync(segmentPath(first))
        Failpoint.baseDurable.hit()
    }
}

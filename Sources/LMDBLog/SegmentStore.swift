// The segments of a live log, for whoever removes its beginning. Their names and files change here
// only: what may be removed is decided elsewhere.

package import EventLog

/// The segments of the log that this process writes. All calls may be made on any thread, but one at a
/// time; they keep the log open.
package final class SegmentStore: Sendable {
    private let segments: Segments
    private let limits: LogLimits
    private let mapSize: Int

    init(_ segments: Segments, limits: LogLimits, mapSize: Int) {
        self.segments = segments
        self.limits = limits
        self.mapSize = mapSize
    }

    /// Oldest first; without the one that is written into.
    package var sealed: [SealedSegment] { segments.sealedSegments }

    package var identity: LogID { segments.identity }
    /// When the log was made.
    package var created: Timestamp { segments.created }

    /// The file of the base on which the log rests; `nil` if it has its beginning.
    package func baseFile() throws(LogError) -> [UInt8]? { try segments.baseFile() }

    /// The turns after the one that `last` ends, up to the one that ends with record `end`, of about so
    /// many bytes, and always at least one.
    package func turns(
        after last: Seal, through end: SequenceNumber, bytes: Int
    ) throws(LogError) -> TurnPage {
        try segments.turns(after: last, through: end, bytes: bytes)
    }

    /// The length of the file that is written into.
    package var activeBytes: Int { segments.active.environment.usedBytes }

    /// Reads the log.
    package var reader: some LogReader & Sendable {
        LMDBSideReader(segments: segments, limits: limits)
    }

    /// Makes the base of the segment that continues `end`, and replaces one that is there. `fill` writes
    /// it. When this returns it survives a power cut; after a throw there is none. Returns its digest.
    package func makeBase(
        behind end: Seal, filling fill: (borrowing NewBase) throws(LogError) -> Void
    ) throws(LogError) -> [UInt8] {
        let rows = MetaRows(
            identity: segments.identity, created: segments.created, continuing: end)
        do throws(StoreFailure) {
            try segments.directory.makeBase(end.last.next, rows, mapSize: mapSize, fill: fill)
            guard
                let base = try Base.find(
                    in: segments.directory, first: end.last.next, of: segments.identity, at: end)
            else { throw .damaged("the base behind record \(end.last) is gone") }
            do throws(LogError) { return try base.digest() } catch { throw .log(error) }
        } catch {
            throw segments.directory.failure(of: error)
        }
    }

    /// Removes the oldest segment. The one after it must have a base, and the removal must be recorded.
    package func removeFirst() throws(LogError) {
        do throws(StoreFailure) { try segments.removeFirst() } catch {
            throw segments.directory.failure(of: error)
        }
    }
}

extension LMDBLog {
    /// Its segments. Release it before the log is to be closed.
    package func segmentStore(options: LMDBOptions = LMDBOptions()) -> SegmentStore {
        SegmentStore(segments, limits: limits, mapSize: options.mapSize)
    }
}

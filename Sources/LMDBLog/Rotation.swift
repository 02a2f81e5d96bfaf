// Sealing a segment and beginning the next, between two turns. Nothing is written into the one that
// is sealed: what seals it is that there is a later one. So a segment that could not be made costs
// nothing, and the log goes on in the one it has.
//
// The next one is made when it is needed. Made ahead it would save some of the syncs once a day or a
// gigabyte, and cost a directory that is complete and does not count yet.

import EventLog

struct Rotation {
    private let options: LMDBOptions
    /// When the first turn of the last segment was taken, once that is known.
    private var begun: Timestamp?
    /// Why the last try has failed.
    private(set) var failure: String?
    private var failed: ContinuousClock.Instant?

    init(_ options: LMDBOptions) { self.options = options }

    /// Whether `active` is large or old enough for the turn at `time` after record `head` to begin
    /// another segment.
    mutating func isDue(
        for active: Segment, at time: Timestamp, after head: SequenceNumber
    ) throws(LogError) -> Bool {
        // Without a turn yet it stays.
        guard head >= active.first else { return false }
        if let failed, ContinuousClock.now - failed < options.rotationRetry { return false }
        if begun == nil {
            begun = try active.seals(after: active.rows.previous.last, limit: 1).first?.time
        }
        // A clock that was ahead when the segment began must not keep it for as long.
        let begin = min(begun ?? time, time)
        begun = begin
        return active.environment.usedBytes >= options.segmentBytes
            || Duration.nanoseconds(time.nanoseconds(since: begin)) >= options.segmentAge
    }

    /// Seals the active segment at `end`, its last seal, and returns the next, for a turn at `time`;
    /// `nil` if none could be made. Throws if it cannot be known which would be there after a power
    /// cut.
    mutating func begin(
        after end: Seal, in segments: Segments, at time: Timestamp
    ) throws(StoreFailure) -> Segment? {
        let directory = segments.directory
        let (first, mapSize) = (end.last.next, options.mapSize)
        let rows = MetaRows(
            identity: segments.identity, created: segments.created, continuing: end)
        var isNamed = false
        do throws(StoreFailure) {
            let next = try directory.makeSegment(first: first, isNamed: &isNamed) {
                path throws(StoreFailure) in
                try Segment(
                    Environment(
                        at: path, access: .create(rows), mapSize: mapSize,
                        finalPath: directory.segmentPath(first)))
            }
            segments.switchTo(next, after: end)
            begun = time
            (failure, failed) = (nil, nil)
            return next
        } catch {
            guard !isNamed else { throw error }
            (failure, failed) = (error.detail, .now)
            return nil
        }
    }
}

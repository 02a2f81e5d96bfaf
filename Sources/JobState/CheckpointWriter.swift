// Writes a projection as a checkpoint, one block at a time, so that a background thread can write
// it as slowly as it likes. The projection is an O(1) copy: the server continues meanwhile and
// copies only the chunks it touches. The same state always gives the same bytes.

package import EventLog
import Jobs

package struct CheckpointWriter: Sendable {
    /// The section to be written next, and where to continue in it; `nil` is its beginning.
    private enum Section: Sendable {
        case header
        case boots(from: Int)
        case routes(from: Int)
        case lanes(from: Int)
        case zones(from: Int)
        case clockMoves(from: Int)
        case rows(from: SequenceNumber?)
        case names(from: JobID?)
        case inFlight(from: TriggerID?)
        case digest
        case end
    }

    private let projection: JobProjection
    private let header: CheckpointHeader
    private let zoneNames: [String]
    private var section = Section.header
    private var encoder: CheckpointEncoder
    private var digest = RunningDigest()

    /// `projection` is the state of the log up to `seal`, which is durable.
    package init(_ projection: JobProjection, seal: Seal, log: LogID) {
        precondition(
            projection.head == seal.last,
            "a projection at \(projection.head) and a seal at \(seal.last)")
        self.projection = projection
        let order = LaneOrder(of: projection)
        encoder = CheckpointEncoder(order)
        header = CheckpointHeader(
            log: log, seal: seal, isClosed: projection.isClosed,
            counts: CheckpointHeader.Counts(
                boots: UInt64(projection.boots.count), routes: UInt64(order.routes.count),
                lanes: UInt64(order.lanes.count), zones: UInt64(projection.zones.count),
                clockMoves: UInt64(projection.clockMoves.count),
                rows: UInt64(projection.names.count),
                inFlight: UInt64(projection.inFlight.count)))
        zoneNames = projection.zones.keys.sorted()
    }

    /// The next bytes of the file, at most `TableLimits.checkpointBlockBytesMax` and a few; `nil`
    /// after the last ones.
    package mutating func next() -> [UInt8]? {
        switch section {
        case .header:
            section = .boots(from: 0)
            var bytes = CheckpointFormat.magic
            bytes.append(memoryOf: CheckpointFormat.number.littleEndian)
            header.append(to: &bytes)
            return digested(bytes)
        case .boots, .routes, .lanes, .zones, .clockMoves, .rows, .names, .inFlight:
            return block() ?? next()
        case .digest:
            section = .end
            return digest.value
        case .end:
            return nil
        }
    }

    private mutating func digested(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { digest.add($0) }
        return bytes
    }

    /// The length and elements of the next block, from one or more sections; `nil` if none are
    /// left.
    private mutating func block() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: CheckpointFormat.lengthBytes)
        // A block may exceed this by one element.
        bytes.reserveCapacity(TableLimits.checkpointBlockBytes + (4 << 10))
        while Self.hasRoom(bytes), appendSection(to: &bytes) {}
        let count = bytes.count - CheckpointFormat.lengthBytes
        guard count > 0 else { return nil }
        precondition(count <= TableLimits.checkpointBlockBytesMax, "a block of \(count) bytes")
        withUnsafeBytes(of: UInt32(count).littleEndian) { length in
            bytes.replaceSubrange(..<CheckpointFormat.lengthBytes, with: length)
        }
        return digested(bytes)
    }

    private static func hasRoom(_ bytes: [UInt8]) -> Bool {
        bytes.count < TableLimits.checkpointBlockBytes
    }

    /// Appends as much of the section as fits, and moves to the next section when it is done. False
    /// after the last section.
    private mutating func appendSection(to bytes: inout [UInt8]) -> Bool {
        switch section {
        case .boots(let start):
            let next = append(projection.boots, from: start, to: &bytes) { boot, bytes in
                encoder.append(boot, to: &bytes)
            }
            section = next.map { .boots(from: $0) } ?? .routes(from: 0)
        case .routes(let start):
            let next = append(encoder.order.routes, from: start, to: &bytes) { route, bytes in
                encoder.append(route, to: &bytes)
            }
            section = next.map { .routes(from: $0) } ?? .lanes(from: 0)
        case .lanes(let start):
            let next = append(encoder.order.lanes, from: start, to: &bytes) { lane, bytes in
                encoder.append(lane, to: &bytes)
            }
            section = next.map { .lanes(from: $0) } ?? .zones(from: 0)
        case .zones(let start):
            let next = append(zoneNames, from: start, to: &bytes) { zone, bytes in
                if let table = projection.zones[zone] {
                    encoder.append(zone, table, projection.zoneChanges[zone], to: &bytes)
                }
            }
            section = next.map { .zones(from: $0) } ?? .clockMoves(from: 0)
        case .clockMoves(let start):
            let next = append(projection.clockMoves, from: start, to: &bytes) { move, bytes in
                encoder.append(move, to: &bytes)
            }
            section = next.map { .clockMoves(from: $0) } ?? .rows(from: nil)
        case .rows(let start):
            let next = Self.append(projection.rows, from: start, to: &bytes) {
                if projection.isLive($0, $1) { encoder.append($0, $1, to: &$2) }
            }
            section = next.map { .rows(from: $0) } ?? .names(from: nil)
        case .names(let start):
            let next = Self.append(projection.names, from: start, to: &bytes) {
                encoder.append($1, to: &$2)
            }
            section = next.map { .names(from: $0) } ?? .inFlight(from: nil)
        case .inFlight(let start):
            let next = Self.append(projection.inFlight, from: start, to: &bytes) {
                encoder.append($0, $1, to: &$2)
            }
            section = next.map { .inFlight(from: $0) } ?? .digest
        case .header, .digest, .end:
            return false
        }
        return true
    }

    /// Appends elements while they fit. Returns the first one left out.
    private func append<Element>(
        _ elements: [Element], from start: Int, to bytes: inout [UInt8],
        _ encode: (Element, inout [UInt8]) -> Void
    ) -> Int? {
        for index in start..<elements.count {
            guard Self.hasRoom(bytes) else { return index }
            encode(elements[index], &bytes)
        }
        return nil
    }

    private static func append<Key, Value>(
        _ table: ChunkedTable<Key, Value>, from start: Key?, to bytes: inout [UInt8],
        _ encode: (Key, Value, inout [UInt8]) -> Void
    ) -> Key? {
        var next: Key?
        table.forEach(from: start) { key, value in
            guard hasRoom(bytes) else {
                next = key
                return false
            }
            encode(key, value, &bytes)
            return true
        }
        return next
    }
}

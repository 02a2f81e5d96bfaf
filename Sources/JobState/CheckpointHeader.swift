// The header of a checkpoint.

import EventLog

/// The header after the preamble: the log, the seal, and the number of elements.
struct CheckpointHeader {
    static let size = 140

    struct Counts: Equatable {
        var boots: UInt64
        var routes: UInt64
        var lanes: UInt64
        var zones: UInt64
        var clockMoves: UInt64
        /// Also the number of names.
        var rows: UInt64
        var inFlight: UInt64

        static let none = Counts(
            boots: 0, routes: 0, lanes: 0, zones: 0, clockMoves: 0, rows: 0, inFlight: 0)
    }

    let log: LogID
    /// The seal whose last record is the projection's head.
    let seal: Seal
    let isClosed: Bool
    let counts: Counts

    private static let closedFlag: UInt32 = 1
}

extension CheckpointHeader {
    func append(to bytes: inout [UInt8]) {
        bytes.append(memoryOf: (isClosed ? Self.closedFlag : 0).littleEndian)
        bytes.append(contentsOf: log.bytes)
        bytes.append(
            memoryOf: (
                seal.first.rawValue.littleEndian, seal.last.rawValue.littleEndian,
                seal.time.rawValue.littleEndian, seal.decidedThrough.rawValue.littleEndian
            ))
        bytes.append(contentsOf: seal.digest)
        bytes.append(
            memoryOf: (
                counts.boots.littleEndian, counts.routes.littleEndian, counts.lanes.littleEndian,
                counts.zones.littleEndian, counts.clockMoves.littleEndian, counts.rows.littleEndian,
                counts.inFlight.littleEndian
            ))
    }

    init(_ cursor: inout CheckpointCursor) throws(CheckpointError) {
        let start = cursor.place
        let flags = try cursor.word32("the flags")
        guard flags & ~Self.closedFlag == 0 else {
            throw .damaged(at: start, reason: "the flags cannot be \(flags)")
        }
        isClosed = flags & Self.closedFlag != 0
        guard let log = LogID(bytes: try cursor.bytes(LogID.size, "the log's identity")) else {
            throw .damaged(at: start, reason: "no identity of a log")
        }
        self.log = log
        let place = cursor.place
        seal = Seal(
            first: try cursor.sequenceNumber("the seal"),
            last: try cursor.sequenceNumber("the seal"),
            time: try cursor.timestamp("the seal"),
            decidedThrough: try cursor.timestamp("the seal"),
            digest: try cursor.bytes(Seal.digestSize, "the seal's digest"))
        guard seal.first <= seal.last, (seal.first == .zero) == (seal.last == .zero) else {
            throw .damaged(
                at: place, reason: "no seal is of the records \(seal.first) to \(seal.last)")
        }
        counts = Counts(
            boots: try cursor.word64("the counts"), routes: try cursor.word64("the counts"),
            lanes: try cursor.word64("the counts"), zones: try cursor.word64("the counts"),
            clockMoves: try cursor.word64("the counts"),
            rows: try cursor.word64("the counts"), inFlight: try cursor.word64("the counts"))
    }
}

import EventLog
import Foundation
import LMDBLog
import Simulation
import TestSupport

/// What a simulated scheduler has written in half an hour, as a log in many segments.
final class SimulatedLog {
    let path = NSTemporaryDirectory() + "daybook-" + UUID().uuidString
    var data: String { path + "/data" }
    var archive: String { path + "/archive" }
    /// A copy that is never cut.
    var whole: String { path + "/whole" }

    static var options: LMDBOptions {
        var options = LMDBOptions()
        options.mapSize = 1 << 28
        options.thresholds = SpaceThresholds(low: 0, critical: 0, ballast: 0)
        options.segmentBytes = 96 << 10
        return options
    }

    init(seed: UInt64) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        var world = SimulatedWorld(SimulationOptions(seed: seed))
        _ = world.run()
        let source = MemoryLog(acquiring: world.storage)
        var log = try LMDBLog(directory: data, options: Self.options)
        var head = SequenceNumber.zero
        while let turn = Self.turn(of: source, after: head) {
            head = try log.append(turn, after: head).last
        }
        _ = consume log
        let reader = try LMDBReader(directory: data, options: Self.options)
        try reader.copy(to: whole, through: try reader.head(), options: Self.options) { _ in }
    }

    deinit { LeftDirectories.leave(path) }

    private static func turn(of log: borrowing MemoryLog, after head: SequenceNumber) -> Turn? {
        let page = log.read(after: head, limit: 2_000)
        guard let seal = page.seals.first else { return nil }
        var records = RecordBatch(first: seal.first)
        var payloads: [Turn.Payload] = []
        page.records.bytes.withUnsafeBytes { bytes in
            for index in 0..<Int(seal.last.rawValue - head.rawValue) {
                records.append(
                    UnsafeRawBufferPointer(rebasing: bytes[page.records.range(at: index)]))
            }
        }
        for index in 0..<records.count {
            let sequence = records.sequence(at: index)
            if let payload = log.payload(of: sequence) {
                payloads.append(Turn.Payload(generation: sequence, bytes: payload))
            }
        }
        return Turn(
            records: records, payloads: payloads, time: seal.time,
            decidedThrough: seal.decidedThrough)
    }
}

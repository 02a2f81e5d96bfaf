import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

extension LMDBOptions {
    /// Small enough for the many logs of these tests; no ballast.
    static var small: LMDBOptions {
        var options = LMDBOptions()
        options.mapSize = 1 << 28
        options.thresholds = SpaceThresholds(low: 0, critical: 0, ballast: 0)
        return options
    }

    /// Every turn but the first begins a segment.
    static var oneTurnSegments: LMDBOptions { small.with(segmentBytes: 0) }

    func with(segmentBytes: Int) -> LMDBOptions {
        var options = self
        options.segmentBytes = segmentBytes
        return options
    }
}

/// A test's own directory, removed with its contents when the value is destroyed.
final class Place {
    let path: String
    var data: String { path + "/data" }
    var segment: String { data + "/log/00000000000000000001" }
    var dataFile: String { segment + "/data.mdb" }

    init() throws {
        path = NSTemporaryDirectory() + "daybook-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { LeftDirectories.leave(path) }

    /// Makes a log with the given number of records in each turn, and closes it.
    @discardableResult
    func fill(_ counts: [Int], _ options: LMDBOptions = .small) throws -> [Seal] {
        var log = try LMDBLog(directory: data, options: options)
        return try Sample.append(Sample.turns(counts), to: &log)
    }

    func segment(_ first: UInt64) -> String {
        let digits = "\(first)"
        return "\(data)/log/\(String(repeating: "0", count: 20 - digits.count))\(digits)"
    }

    func bytes() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: dataFile)))
    }

    /// Overwrites in place, keeping the file's identity and mode.
    func write(_ bytes: [UInt8], at offset: Int = 0) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: dataFile))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }

    func truncate(to size: Int) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: dataFile))
        try file.truncate(atOffset: UInt64(size))
        try file.close()
    }

    func names(in path: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: path))
    }

    func mode(of path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }
}

/// Everything a log holds, compared as one value.
struct Contents: Equatable {
    var identity: LogID
    var page: LogPage
    var payloads: [[UInt8]?]

    /// Reads everything, checks the chain from the genesis to the head, and throws what a reader
    /// would.
    init(of log: borrowing some LogReader & ~Copyable) throws {
        identity = log.identity
        let head = try log.head()
        page = try Sample.everything(in: log, pageSize: 700)
        var check = SealCheck(after: .genesis(of: log.identity))
        try check.add(page)
        try check.finish()
        // A live writer may have appended since.
        guard page.seals.contains(head) || head == .genesis(of: identity) else {
            throw LogError.damaged(at: nil, detail: "the head is not among the seals")
        }
        payloads = []
        for index in 0..<page.records.count {
            payloads.append(try log.payload(of: page.records.sequence(at: index)))
        }
    }
}

/// What `body` threw, or `nil`. For calls on values that closures cannot capture.
func failure<Value: ~Copyable>(_ body: () throws(LogError) -> Value) -> LogError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

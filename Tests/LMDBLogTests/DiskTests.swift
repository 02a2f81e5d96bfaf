import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

/// A small file system in memory, mounted for one test.
final class SmallDisk {
    let path = NSTemporaryDirectory() + "daybook-disk-" + UUID().uuidString
    var data: String { path + "/data" }
    var ballast: String { data + "/ballast" }

    init(bytes: Int) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        try #require(
            SmallDisk.run("mount", "-t", "tmpfs", "-o", "size=\(bytes),mode=700", "tmpfs", path))
    }

    deinit {
        _ = SmallDisk.run("umount", path)
        try? FileManager.default.removeItem(atPath: path)
    }

    func remountReadOnly() throws {
        try #require(SmallDisk.run("mount", "-o", "remount,ro", path))
    }

    func fill(_ bytes: Int) throws {
        let filler = Data(repeating: 1, count: bytes)
        try filler.write(to: URL(fileURLWithPath: path + "/filler"))
    }

    func empty() throws { try FileManager.default.removeItem(atPath: path + "/filler") }

    /// Mounting needs privileges that not every machine gives its tests.
    static let isPossible: Bool = {
        guard let disk = try? SmallDisk(bytes: 1 << 20) else { return false }
        return FileManager.default.fileExists(atPath: disk.path)
    }()

    private static func run(_ command: String, _ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

extension LMDBOptions {
    /// For disks of a few megabytes.
    fileprivate static var smallDisk: LMDBOptions {
        var options = LMDBOptions.small
        options.thresholds = SpaceThresholds(
            low: 1 << 20, critical: 256 << 10, ballast: 512 << 10)
        return options
    }
}

@Suite(
    "Disks that are full or read only",
    .enabled(if: SmallDisk.isPossible, "mounting a tmpfs is not permitted here"))
struct DiskTests {
    @Test(
        "a full disk refuses the turn, gives up the ballast, keeps the log, and heals with space"
    )
    func full() throws {
        let disk = try SmallDisk(bytes: 8 << 20)
        var log = try LMDBLog(directory: disk.data, options: .smallDisk)
        #expect(FileManager.default.fileExists(atPath: disk.ballast))
        try disk.fill(4 << 20)
        var head = SequenceNumber.zero
        var refused: LogError?
        while refused == nil {
            let turn = Sample.turn(first: head.next, records: 4, bytes: 16 << 10)
            do { head = try log.append(turn, after: head).last } catch { refused = error }
        }
        guard case .notStored(.full, _) = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(try log.head().last == head)
        #expect(!FileManager.default.fileExists(atPath: disk.ballast))
        // An answer still fits into the ballast's space.
        head = try log.append(Sample.turn(first: head.next, records: 1), after: head).last
        #expect(try log.space() == .critical)
        try disk.empty()
        #expect(try log.space() == .ample)
        #expect(FileManager.default.fileExists(atPath: disk.ballast))
        let turn = Sample.turn(first: head.next, records: 4, bytes: 16 << 10)
        head = try log.append(turn, after: head).last
        _ = consume log
        let reopened = try LMDBLog(directory: disk.data, options: .smallDisk)
        #expect(try Contents(of: reopened).page.records.last == head)
    }

    @Test(
        "space goes from ample to low to critical once, though the ballast is given up on the way")
    func gradual() throws {
        let disk = try SmallDisk(bytes: 4 << 20)
        var log = try LMDBLog(directory: disk.data, options: .smallDisk)
        var spaces = [try log.space()]
        var head = SequenceNumber.zero
        var stored = true
        while stored {
            let turn = Sample.turn(first: head.next, records: 1, bytes: 8 << 10)
            do { head = try log.append(turn, after: head).last } catch { stored = false }
            // Twice: the first may change the ballast.
            for _ in 0..<2 where spaces.last != (try log.space()) {
                spaces.append(try log.space())
            }
        }
        #expect(spaces == [.ample, .low, .critical])
        #expect(!FileManager.default.fileExists(atPath: disk.ballast))
    }

    @Test("the ballast is blocks, not a promise")
    func allocated() throws {
        let disk = try SmallDisk(bytes: 4 << 20)
        let log = try LMDBLog(directory: disk.data, options: .smallDisk)
        var status = stat()
        #expect(stat(disk.ballast, &status) == 0)
        #expect(status.st_blocks * 512 >= 512 << 10)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try log.head().last == .zero)
    }

    @Test("a disk too small for a new log is refused, and a later start succeeds")
    func tooSmall() throws {
        let disk = try SmallDisk(bytes: 1 << 20)
        try? disk.fill(2 << 20)
        let error = failure { () throws(LogError) in
            try LMDBLog(directory: disk.data, options: .smallDisk)
        }
        guard case .cannotOpen(let detail) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(detail.contains("No space left"))
        try disk.empty()
        var log = try LMDBLog(directory: disk.data, options: .smallDisk)
        try Sample.append(Sample.turns([1]), to: &log)
    }

    @Test("a writer refuses a read-only disk; a reader reads it without a trace")
    func readOnly() throws {
        let disk = try SmallDisk(bytes: 4 << 20)
        var log = try LMDBLog(directory: disk.data, options: .smallDisk)
        try Sample.append(Sample.turns([2, 3]), to: &log)
        let written = try Contents(of: log)
        _ = consume log
        try disk.remountReadOnly()
        let error = failure { () throws(LogError) in
            try LMDBLog(directory: disk.data, options: .smallDisk)
        }
        #expect(
            error == .cannotOpen("cannot lock \(disk.data)/lock: Read-only file system"))
        let reader = try LMDBReader(directory: disk.data, options: .smallDisk)
        #expect(try Contents(of: reader) == written)
    }
}

@Suite("The map's end")
struct MapTests {
    @Test("a full map refuses the turn, keeps the ballast, and a larger map goes on")
    func full() throws {
        let place = try Place()
        var options = LMDBOptions.small
        options.mapSize = 1 << 20
        options.thresholds = SpaceThresholds(
            low: 512 << 10, critical: 128 << 10, ballast: 64 << 10)
        var log = try LMDBLog(directory: place.data, options: options)
        #expect(try log.space() == .ample)
        var head = SequenceNumber.zero
        var refused: LogError?
        while refused == nil {
            let turn = Sample.turn(first: head.next, records: 4, bytes: 4 << 10)
            do { head = try log.append(turn, after: head).last } catch { refused = error }
        }
        guard case .notStored(.full, _) = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(try log.head().last == head)
        #expect(try log.space() == .critical)
        #expect(try place.names(in: place.data).contains("ballast"))
        _ = consume log
        var larger = try LMDBLog(directory: place.data, options: .small)
        let turn = Sample.turn(first: head.next, records: 4, bytes: 4 << 10)
        head = try larger.append(turn, after: head).last
        #expect(try Contents(of: larger).page.records.last == head)
    }
}

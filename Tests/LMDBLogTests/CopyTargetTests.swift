import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("Where a copy is made")
struct CopyTargetTests {
    private let place: Place

    init() throws {
        place = try Place()
        try place.fill([2, 3])
    }

    @Test("a target that holds anything is refused, and stays as it is")
    func taken() throws {
        try place.makeDirectory(place.target)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: place.target + "/notes"))
        #expect(try place.refusal() == place.refused("it is there and not empty"))
        #expect(try place.names(in: place.target) == ["notes"])
    }

    @Test("an empty directory is as good as none")
    func emptyTarget() throws {
        try place.makeDirectory(place.target)
        try place.copy()
        #expect(try place.names(in: place.target) == ["log"])
    }

    @Test("a file or a link is refused")
    func noDirectory() throws {
        try Data("x".utf8).write(to: URL(fileURLWithPath: place.target))
        #expect(try place.refusal() == place.refused("it is there and not a directory"))
        try FileManager.default.removeItem(atPath: place.target)
        try FileManager.default.createSymbolicLink(
            atPath: place.target, withDestinationPath: place.path + "/elsewhere")
        #expect(try place.refusal() == place.refused("it is there and not a directory"))
    }

    @Test("a path that names nothing new is refused", arguments: ["", ".", "..", "/"])
    func noName(_ path: String) throws {
        let reader = try LMDBReader(directory: place.data, options: .small)
        let head = try reader.head()
        let error = failure { () throws(LogError) in
            try reader.copy(to: path, through: head, options: .small) { _ in }
        }
        guard case .cannotOpen(let detail) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(detail.hasSuffix("name a directory that is to be made"))
    }

    @Test("slashes at the end mean nothing")
    func slashes() throws {
        let reader = try LMDBReader(directory: place.data, options: .small)
        try reader.copy(
            to: place.target + "//", through: try reader.head(), options: .small
        ) { _ in }
        #expect(try place.names(in: place.path) == ["data", "copy"])
        #expect(LMDBReader.unfinishedName(of: place.target + "//") == place.target + ".unfinished")
    }

    @Test("a parent that is missing is not made")
    func noParent() throws {
        let reader = try LMDBReader(directory: place.data, options: .small)
        let head = try reader.head()
        let error = failure { () throws(LogError) in
            try reader.copy(
                to: place.path + "/no/such", through: head, options: .small
            ) { _ in }
        }
        guard case .cannotOpen = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try place.names(in: place.path) == ["data"])
    }

    @Test(
        "what a copy that died has left is replaced, whether or not it was whole",
        arguments: ["00000000000000000001.new", "00000000000000000001"])
    func leftOver(_ segment: String) throws {
        let log = place.unfinished + "/log/" + segment
        try place.makeDirectory(log)
        for name in ["/data.mdb", "/lock.mdb"] {
            try Data("torn".utf8).write(to: URL(fileURLWithPath: log + name))
        }
        try Data("host gone, pid 1\n".utf8)
            .write(to: URL(fileURLWithPath: place.unfinished + "/lock"))
        let (written, _) = try place.contents()
        try place.copy()
        let copy = try LMDBReader(directory: place.target, options: .small)
        #expect(try Contents(of: copy) == written)
        #expect(try place.names(in: place.path) == ["data", "copy"])
    }

    @Test(
        "what no copy has left is not removed",
        arguments: [
            "checkpoint", "ballast", "notes", "log/notes", "log/00000000000000000001/notes",
        ])
    func foreign(_ name: String) throws {
        let path = place.unfinished + "/" + name
        try place.makeDirectory((path as NSString).deletingLastPathComponent)
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        guard case .cannotOpen(let detail) = try place.refusal() else {
            Issue.record("\(name) was not noticed")
            return
        }
        #expect(detail.contains("it holds \(name), which no copy leaves behind"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("precious".utf8))
    }

    @Test("two copies are not made in one place at once")
    func locked() throws {
        try place.makeDirectory(place.unfinished + "/log/00000000000000000001.new")
        let lock = open(place.unfinished + "/lock", O_RDWR | O_CREAT, 0o600)
        defer { close(lock) }
        try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        #expect(try place.refusal() == .locked(by: "another process"))
        #expect(try place.names(in: place.unfinished) == ["lock", "log"])
    }

    @Test("somebody who makes the target meanwhile keeps it")
    func raced() throws {
        let reader = try LMDBReader(directory: place.data, options: .small)
        let head = try reader.head()
        let notes = place.target + "/notes"
        let error = failure { () throws(LogError) in
            try reader.copy(to: place.target, through: head, options: .small) { turn in
                try? place.makeDirectory(place.target)
                try? Data("mine".utf8).write(to: URL(fileURLWithPath: notes))
            }
        }
        #expect(error == place.refused("it was made meanwhile"))
        #expect(try place.names(in: place.target) == ["notes"])
        #expect(try place.names(in: place.path) == ["data", "copy"])
    }
}

@Suite(
    "A disk too small for the copy",
    .enabled(if: SmallDisk.isPossible, "mounting a tmpfs is not permitted here"))
struct CopyDiskTests {
    @Test("is named, and nothing is left", arguments: [64 << 10, 256 << 10, 1 << 20, 2 << 20])
    func full(bytes: Int) throws {
        let place = try Place()
        var log = try LMDBLog(directory: place.data, options: .small)
        var head = SequenceNumber.zero
        for _ in 0..<60 {
            head = try log.append(
                Sample.turn(first: head.next, records: 4, bytes: 16 << 10), after: head
            ).last
        }
        _ = consume log
        let disk = try SmallDisk(bytes: bytes)
        let reader = try LMDBReader(directory: place.data, options: .small)
        let end = try reader.head()
        var options = LMDBOptions.small
        options.copyBytes = 200 << 10
        let error = failure { () throws(LogError) in
            try reader.copy(to: disk.data, through: end, options: options) { _ in }
        }
        guard case .notStored(.full, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).isEmpty)
    }
}

extension Place {
    fileprivate var unfinished: String { target + ".unfinished" }

    fileprivate func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    fileprivate func refused(_ reason: String) -> LogError {
        .cannotOpen("cannot make a copy at \(target): \(reason)")
    }
}

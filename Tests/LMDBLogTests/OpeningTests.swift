import CLMDB
import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("Opening a data directory")
struct OpeningTests {
    @Test("a missing directory is made, for its owner only")
    func makes() throws {
        let place = try Place()
        let log = try LMDBLog(directory: place.data, options: .small)
        #expect(try log.head().last == .zero)
        #expect(try place.names(in: place.data) == ["lock", "log"])
        #expect(try place.names(in: place.data + "/log") == ["00000000000000000001"])
        #expect(try place.names(in: place.segment) == ["data.mdb", "lock.mdb"])
        for directory in [place.data, place.data + "/log", place.segment] {
            #expect(try place.mode(of: directory) == 0o700)
        }
        for file in [place.data + "/lock", place.dataFile, place.segment + "/lock.mdb"] {
            #expect(try place.mode(of: file) == 0o600)
        }
    }

    @Test("two logs never share an identity, and a log knows when it was made")
    func identity() throws {
        let places = [try Place(), try Place()]
        let first = try LMDBLog(directory: places[0].data, options: .small)
        let second = try LMDBLog(directory: places[1].data, options: .small)
        #expect(first.identity != second.identity)
        #expect(first.created > Timestamp(seconds: 1_700_000_000))
    }

    @Test("the remains of an interrupted creation are cleared away and the log is made")
    func interrupted() throws {
        let place = try Place()
        let building = place.segment + ".new"
        try FileManager.default.createDirectory(
            atPath: building, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try Data().write(to: URL(fileURLWithPath: building + "/data.mdb"))
        try Data().write(to: URL(fileURLWithPath: place.data + "/lock"))
        try place.fill([2])
        #expect(try place.names(in: place.data + "/log") == ["00000000000000000001"])
    }

    @Test("a directory that holds something else is refused, and nothing is put into it")
    func foreign() throws {
        let place = try Place()
        try place.makeData(holding: ["notes.txt"])
        let error = failure { () throws(LogError) in
            try LMDBLog(directory: place.data, options: .small)
        }
        #expect(
            error
                == .cannotOpen(
                    "\(place.data) is not a Daybook data directory: it holds notes.txt"))
        #expect(try place.names(in: place.data) == ["notes.txt"])
    }

    @Test("an empty directory is adopted")
    func empty() throws {
        let place = try Place()
        try place.makeData(holding: [])
        try place.fill([1])
        #expect(try place.names(in: place.data).contains("log"))
    }

    @Test("a directory in use whose log is gone is damage, not a fresh start")
    func logGone() throws {
        let place = try Place()
        try place.makeData(holding: ["lock", "ballast"])
        let error = failure { () throws(LogError) in
            try LMDBLog(directory: place.data, options: .small)
        }
        guard case .damaged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "a directory the group or others may write in, as volumes are, is opened",
        arguments: [0o770, 0o702, 0o2775])
    func writableByOthers(mode: Int) throws {
        let place = try Place()
        try place.makeData(holding: [], mode: mode)
        #expect(FileSystem.othersMayWrite(in: place.data))
        _ = try LMDBLog(directory: place.data, options: .small)
    }

    @Test(
        "a file in use that is removed or replaced ends the use of the log",
        arguments: ["lock", "log/00000000000000000001/data.mdb"], [false, true])
    func lostFile(name: String, isReplaced: Bool) throws {
        let place = try Place()
        var log = try LMDBLog(directory: place.data, options: .small)
        _ = try log.space()
        let path = "\(place.data)/\(name)"
        let aside = path + ".aside"
        try FileManager.default.moveItem(atPath: path, toPath: aside)
        if isReplaced { try FileManager.default.copyItem(atPath: aside, toPath: path) }
        let error = failure { () throws(LogError) in try log.space() }
        guard case .cannotOpen(let reason)? = error, reason.contains("\(path) was removed") else {
            Issue.record("\(String(describing: error))")
            return
        }
        if isReplaced { try FileManager.default.removeItem(atPath: path) }
        try FileManager.default.moveItem(atPath: aside, toPath: path)
        _ = try log.space()
    }

    @Test("a file, or a directory without a parent, is refused")
    func noDirectory() throws {
        let place = try Place()
        try Data().write(to: URL(fileURLWithPath: place.data))
        for path in [place.data, place.path + "/no/data"] {
            let error = failure { () throws(LogError) in
                try LMDBLog(directory: path, options: .small)
            }
            guard case .cannotOpen = error else {
                Issue.record("\(path): \(String(describing: error))")
                continue
            }
        }
    }

    @Test(
        "file systems that are not a local disk are known by their type",
        arguments: [
            (0x6969, "NFS"), (0xFF53_4D42, "CIFS or SMB"), (0xFE53_4D42, "CIFS or SMB"),
            (0x517B, "CIFS or SMB"), (0x0102_1997, "9p"), (0x6573_5546, "FUSE"),
        ] as [(UInt32, String)])
    func remote(type: UInt32, name: String) {
        #expect(FileSystem.remoteName(ofType: type) == name)
        // ext4, XFS, Btrfs, tmpfs.
        for local: UInt32 in [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994] {
            #expect(FileSystem.remoteName(ofType: local) == nil)
        }
    }

    @Test("a log of a newer format is refused with both numbers")
    func newerFormat() throws {
        let place = try Place()
        try place.fill([1])
        try place.setFormat(7)
        let expected = LogError.unknownFormat(found: 7, supported: 0)
        #expect(
            failure { () throws(LogError) in
                try LMDBLog(directory: place.data, options: .small)
            } == expected)
        #expect(
            failure { () throws(LogError) in
                try LMDBReader(directory: place.data, options: .small)
            } == expected)
    }

    @Test("a segment whose first record is not the one it is named after is damage")
    func wrongSegment() throws {
        let place = try Place()
        try place.fill([1])
        try FileManager.default.moveItem(
            atPath: place.segment, toPath: place.data + "/log/00000000000000000002")
        #expect(
            failure { () throws(LogError) in
                try LMDBLog(directory: place.data, options: .small)
            }
                == .damaged(
                    at: SequenceNumber(2),
                    detail: "the segment of that name begins with record 1"))
    }

    @Test("a map that the system refuses is halved until it is accepted")
    func hugeMap() throws {
        let place = try Place()
        var options = LMDBOptions.small
        options.mapSize = 1 << 50
        var log = try LMDBLog(directory: place.data, options: options)
        try Sample.append(Sample.turns([2]), to: &log)
        #expect(try log.head().last == SequenceNumber(2))
    }
}

extension Place {
    func makeData(holding names: [String], mode: Int = 0o700) throws {
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: data)
        for name in names {
            try Data().write(to: URL(fileURLWithPath: data + "/" + name))
        }
    }

    /// Writes another format into `meta`, with the checksum a newer program would give it.
    func setFormat(_ format: UInt32) throws {
        var environment: OpaquePointer?
        try #require(mdb_env_create(&environment) == 0)
        defer { mdb_env_close(environment) }
        mdb_env_set_maxdbs(environment, 4)
        try #require(mdb_env_open(environment, segment, UInt32(MDB_NOTLS), 0o600) == 0)
        var transaction: OpaquePointer?
        try #require(mdb_txn_begin(environment, nil, 0, &transaction) == 0)
        var database: MDB_dbi = 0
        try #require(mdb_dbi_open(transaction, "meta", 0, &database) == 0)
        var name = Array("format".utf8)
        var value = withUnsafeBytes(of: format.littleEndian) { Array($0) }
        let checksum = (name + value).withUnsafeBytes { CRC32C.checksum($0) }
        value += withUnsafeBytes(of: checksum.littleEndian) { Array($0) }
        let code = name.withUnsafeMutableBytes { name in
            value.withUnsafeMutableBytes { value in
                var key = MDB_val(mv_size: name.count, mv_data: name.baseAddress)
                var bytes = MDB_val(mv_size: value.count, mv_data: value.baseAddress)
                return mdb_put(transaction, database, &key, &bytes, 0)
            }
        }
        try #require(code == 0)
        try #require(mdb_txn_commit(transaction) == 0)
    }
}

import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("One writer at a time")
struct LockTests {
    @Test("the second writer is told who the first is, and writes nothing")
    func second() throws {
        let place = try Place()
        var log = try LMDBLog(directory: place.data, options: .small)
        try Sample.append(Sample.turns([1]), to: &log)
        let before = try place.bytes()
        let error = failure { () throws(LogError) in
            try LMDBLog(directory: place.data, options: .small)
        }
        guard case .locked(let owner) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(owner.contains("pid \(ProcessInfo.processInfo.processIdentifier)"))
        #expect(owner.contains("host \(ProcessInfo.processInfo.hostName)"))
        #expect(owner.contains("boot "))
        #expect(try place.bytes() == before)
        try Sample.append([Sample.turn(first: SequenceNumber(2), records: 1)], to: &log)
    }

    @Test("another process is refused too")
    func otherProcess() async throws {
        let place = try Place()
        let log = try LMDBLog(directory: place.data, options: .small)
        let path = place.data
        await #expect(processExitsWith: .exitCode(3)) { [path = path as String] in
            let error = failure { () throws(LogError) in
                try LMDBLog(directory: path, options: .small)
            }
            guard case .locked = error else { exit(1) }
            exit(3)
        }
        #expect(try log.head().last == .zero)
    }

    @Test("the lock goes with the value, and the file it leaves behind means nothing")
    func released() throws {
        let place = try Place()
        try place.fill([1])
        #expect(try place.names(in: place.data).contains("lock"))
        let log = try LMDBLog(directory: place.data, options: .small)
        #expect(try log.head().last == SequenceNumber(1))
    }

    @Test("a lock file that leads elsewhere is refused")
    func symbolicLink() throws {
        let place = try Place()
        try place.fill([1])
        try FileManager.default.removeItem(atPath: place.data + "/lock")
        try FileManager.default.createSymbolicLink(
            atPath: place.data + "/lock", withDestinationPath: place.path + "/elsewhere")
        let error = failure { () throws(LogError) in
            try LMDBLog(directory: place.data, options: .small)
        }
        guard case .cannotOpen = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!FileManager.default.fileExists(atPath: place.path + "/elsewhere"))
    }

    @Test("a writer whose lock was removed under it finds that it was superseded")
    func removedLock() async throws {
        let place = try Place()
        var log = try LMDBLog(directory: place.data, options: .small)
        try Sample.append(Sample.turns([2]), to: &log)
        try FileManager.default.removeItem(atPath: place.data + "/lock")
        let path = place.data
        await #expect(processExitsWith: .success) { [path = path as String] in
            var other = try LMDBLog(directory: path, options: .small)
            try Sample.append([Sample.turn(first: SequenceNumber(3), records: 4)], to: &other)
        }
        let turn = Sample.turn(first: SequenceNumber(3), records: 1)
        #expect(throws: LogError.superseded(head: SequenceNumber(6))) {
            try log.append(turn, after: SequenceNumber(2))
        }
    }
}

@Suite("What a started program inherits")
struct InheritanceTests {
    @Test("no descriptor of the log is left open for it")
    func closeOnExec() throws {
        let place = try Place()
        let log = try LMDBLog(directory: place.data, options: .small)
        var found = 0
        for number in 3..<1_000 {
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(number)")
            guard let target, target.hasPrefix(place.data) else { continue }
            found += 1
            #expect(fcntl(Int32(number), F_GETFD) & FD_CLOEXEC != 0, "\(target)")
        }
        // Ours; LMDB's for data, for meta pages, and for its reader table.
        #expect(found == 4)
        #expect(try log.head().last == .zero)
    }
}

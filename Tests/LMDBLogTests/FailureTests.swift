// Disk faults made by putting another file under the descriptors LMDB holds. Each runs in a child
// process, whose descriptors are its own: /proc/self/mem answers EIO to a write at an address where
// nothing is mapped.

import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("A turn that cannot be stored")
struct FailureTests {
    @Test(
        "an input/output error on the data stops the log for good, and a new process finds it whole"
    )
    func dataError() async throws {
        let place = try Place()
        let path = place.data
        await #expect(processExitsWith: .success) { [path = path as String] in
            try breakAndAppend(path, which: .all)
        }
        let log = try LMDBLog(directory: place.data, options: .small)
        #expect(try Contents(of: log).page.records.count == 2)
    }

    @Test("an input/output error on the meta page stops the log for good")
    func metaError() async throws {
        let place = try Place()
        let path = place.data
        await #expect(processExitsWith: .success) { [path = path as String] in
            try breakAndAppend(path, which: .last)
        }
        let log = try LMDBLog(directory: place.data, options: .small)
        #expect(try Contents(of: log).page.records.count == 2)
    }

    @Test(
        "another failed write refuses the turn as passing, and it is stored when tried again"
    )
    func passing() async throws {
        let place = try Place()
        let path = place.data
        await #expect(processExitsWith: .success) { [path = path as String] in
            var log = try LMDBLog(directory: path, options: .small)
            try Sample.append(Sample.turns([2]), to: &log)
            let descriptors = dataDescriptors()
            guard let first = descriptors.first else { exit(11) }
            let kept = dup(first)
            // Open for reading only: a write answers EBADF.
            dup2(open("/dev/null", O_RDONLY), first)
            let turn = Sample.turn(first: SequenceNumber(3), records: 4)
            let error = failureOfAppend(turn, to: &log)
            dup2(kept, first)
            guard case .notStored(.transient, _) = error else { exit(12) }
            try Sample.append([turn], to: &log)
        }
        let log = try LMDBLog(directory: place.data, options: .small)
        #expect(try Contents(of: log).page.records.count == 6)
    }
}

private enum Descriptors { case all, last }

/// Replaces LMDB's descriptors of the data file (the last is the one for meta pages), appends, and
/// exits with 0 if the log then refuses everything.
private func breakAndAppend(_ path: String, which: Descriptors) throws {
    var log = try LMDBLog(directory: path, options: .small)
    try Sample.append(Sample.turns([2]), to: &log)
    let memory = open("/proc/self/mem", O_RDWR)
    let descriptors = dataDescriptors()
    guard descriptors.count == 2 else { exit(30 + Int32(descriptors.count)) }
    for descriptor in which == .all ? descriptors : descriptors.suffix(1) {
        dup2(memory, descriptor)
    }
    let turn = Sample.turn(first: SequenceNumber(3), records: 1)
    guard case .broken(let first) = failureOfAppend(turn, to: &log) else { exit(22) }
    guard first.contains("Input/output error") else { exit(23) }
    guard case .broken(first) = failureOfAppend(turn, to: &log) else { exit(24) }
    let reads: [LogError?] = [
        failure { () throws(LogError) in try log.head() },
        failure { () throws(LogError) in try log.read(after: .zero, limit: 1) },
        failure { () throws(LogError) in try log.payload(of: SequenceNumber(1)) },
        failure { () throws(LogError) in try log.space() },
    ]
    guard reads.allSatisfy({ $0 == .broken(first) }) else { exit(25) }
}

private func failureOfAppend(_ turn: Turn, to log: inout LMDBLog) -> LogError? {
    do {
        _ = try log.append(turn, after: SequenceNumber(2))
        return nil
    } catch {
        return error
    }
}

/// This process's descriptors of a data file, in the order they were opened: for data, then for
/// meta pages.
private func dataDescriptors() -> [Int32] {
    (3..<1_000).map { Int32($0) }.filter { number in
        let target = try? FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/self/fd/\(number)")
        return target?.hasSuffix("/data.mdb") == true
    }
}

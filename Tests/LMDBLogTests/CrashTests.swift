import EventLog
import Foundation
import LMDBLog
import Synchronization
import TestSupport
import Testing

@Suite("A writer killed at any moment")
struct CrashTests {
    /// Every second one begins segments all the time.
    @Test("loses nothing it acknowledged and leaves whole turns only", arguments: 1...12)
    func killed(seed: Int) async throws {
        let place = try Place()
        let path = place.path
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, seed = seed as Int] in
            try appendUntilKilled(path, seed: UInt64(seed))
        }
        let acknowledged = try Data(contentsOf: URL(fileURLWithPath: path + "/acknowledged"))
            .withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        let log = try LMDBLog(directory: place.data, options: .small)
        let contents = try Contents(of: log)
        let head = try log.head().last
        print("seed \(seed): acknowledged \(acknowledged), head \(head)")
        #expect(head.rawValue >= acknowledged)
        // At most the one turn whose answer was still on its way.
        #expect(head.rawValue <= acknowledged + 40)
        let expected = Sample.turn(first: SequenceNumber(1), records: Int(head.rawValue))
        #expect(contents.page.records == expected.records)
    }
}

/// Appends, noting each acknowledged head in a file, while another thread waits for its moment to
/// kill the process.
private func appendUntilKilled(_ path: String, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let turnsBefore = Int.random(in: 1...60, using: &random)
    let spins = Int.random(in: 0...200_000, using: &random)
    let count = Count()
    let killer = Thread {
        while count.turns.load(ordering: .relaxed) < turnsBefore { sched_yield() }
        for _ in 0..<spins { _ = count.turns.load(ordering: .relaxed) }
        kill(getpid(), SIGKILL)
    }
    let options = seed % 2 == 0 ? LMDBOptions.oneTurnSegments : .small
    var log = try LMDBLog(directory: path + "/data", options: options)
    let note = open(path + "/acknowledged", O_RDWR | O_CREAT, 0o600)
    var head = SequenceNumber.zero
    var acknowledged: UInt64 = 0
    pwrite(note, &acknowledged, 8, 0)
    killer.start()
    while true {
        let records = Int.random(in: 1...40, using: &random)
        head = try log.append(Sample.turn(first: head.next, records: records), after: head).last
        acknowledged = head.rawValue
        pwrite(note, &acknowledged, 8, 0)
        _ = count.turns.add(1, ordering: .relaxed)
    }
}

/// Turns acknowledged so far, for the killing thread to see.
private final class Count: Sendable {
    let turns = Atomic(0)
}

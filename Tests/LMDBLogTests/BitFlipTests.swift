// Flips bits of a data file and reads all of it. What a flip does inside LMDB's own tree pages can
// end the process (LMDB 0.9 trusts them), so a child process reads it and writes one verdict per
// flip; a signal is a verdict too, and the next child continues after it.

import EventLog
import Foundation
import LMDBLog
import TestSupport
import Testing

@Suite("Flipped bits anywhere in the data file")
struct BitFlipTests {
    @Test("400 flips at seeded places never pass for other data")
    func anywhere() async throws {
        try await run(flips: 400, seed: 2_026, within: nil)
    }

    @Test("no flip in what LMDB reads of the meta pages passes for an older log")
    func metaPages() async throws {
        try await run(flips: 400, seed: 7, within: 152)
    }

    /// Flips `flips` bits one at a time; only in the first `within` bytes of the meta pages if
    /// given.
    private func run(flips: Int, seed: Int, within: Int?) async throws {
        let place = try Place()
        try place.fillForFlips()
        let path = place.path
        let isMeta = within != nil
        try Data().write(to: URL(fileURLWithPath: path + "/verdicts"))
        while try place.verdicts().count < flips {
            let done = try place.verdicts().count
            await #expect(processExitsWith: .success) {
                [
                    path = path as String, flips = flips as Int, seed = seed as Int,
                    isMeta = isMeta as Bool
                ] in
                try flipAndRead(path, flips: flips, seed: UInt64(seed), isMeta: isMeta)
            }
            try #require(try place.verdicts().count > done, "a child gave no verdict")
        }
        let verdicts = try place.verdicts()
        let counts = Dictionary(grouping: verdicts) { $0 }.mapValues(\.count)
        print(
            "seed \(seed), \(flips) flips: "
                + Verdict.allCases.map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", "))
        for (index, verdict) in verdicts.enumerated() where verdict == .wrong {
            Issue.record("flip \(index) of seed \(seed) passed for other data")
        }
        for (index, verdict) in verdicts.enumerated() where verdict == .otherError {
            Issue.record("flip \(index) of seed \(seed): not called damage")
        }
        if isMeta { #expect(counts[.crashed] == nil, "the meta pages are checked before LMDB") }
    }
}

/// The result of one flip.
private enum Verdict: UInt8, CaseIterable {
    /// Everything read equals what was written: the bit is unused.
    case harmless = 0x68
    case damaged = 0x64
    /// LMDB ended the process by a signal.
    case crashed = 0x78
    /// A payload reads as absent; its record, which names its length and digest, shows that it is
    /// lost.
    case payloadLost = 0x70
    case otherError = 0x6F
    case wrong = 0x77
}

extension Place {
    fileprivate func verdicts() throws -> [Verdict] {
        try Data(contentsOf: URL(fileURLWithPath: path + "/verdicts"))
            .compactMap(Verdict.init(rawValue:))
    }

    /// Some tree levels, free pages, overflow pages, and both kinds of rows in one page and in
    /// many.
    fileprivate func fillForFlips() throws {
        var log = try LMDBLog(directory: data, options: .small)
        var turns = Sample.turns((0..<40).map { 1 + $0 % 7 })
        for index in turns.indices where index % 3 == 0 {
            let generation = turns[index].records.first
            let bytes = [UInt8](repeating: UInt8(index), count: 10 + index * 300)
            turns[index].payloads = [Turn.Payload(generation: generation, bytes: bytes)]
        }
        try Sample.append(turns, to: &log)
    }
}

/// The descriptor to which signal handlers write their verdict; they may touch nothing else.
private let verdictDescriptor: Int32 = 200

/// The child: continues after the existing verdicts.
private func flipAndRead(_ path: String, flips: Int, seed: UInt64, isMeta: Bool) throws {
    let file = path + "/data/log/00000000000000000001/data.mdb"
    let done = try Data(contentsOf: URL(fileURLWithPath: path + "/verdicts")).count
    let whole = path + "/whole"
    if !FileManager.default.fileExists(atPath: whole) {
        try FileManager.default.copyItem(atPath: file, toPath: whole)
    }
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: whole)))
    let data = open(file, O_RDWR)
    try #require(pwrite(data, bytes, bytes.count, 0) == bytes.count)
    let expected = try Contents(
        of: try LMDBReader(directory: path + "/data", options: .small))

    let verdicts = open(path + "/verdicts", O_WRONLY | O_APPEND)
    dup2(verdicts, verdictDescriptor)
    for fault in [SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGTRAP] {
        signal(fault) { _ in
            var verdict = Verdict.crashed.rawValue
            write(verdictDescriptor, &verdict, 1)
            _exit(0)
        }
    }
    var random = SeededGenerator(seed: seed)
    for flip in 0..<flips {
        var offset = Int.random(in: 0..<bytes.count, using: &random)
        if isMeta { offset = offset % 152 + (flip % 2) * 4096 }
        let bit = UInt8.random(in: 0..<8, using: &random)
        guard flip >= done else { continue }
        var flipped = bytes[offset] ^ (1 << bit)
        try #require(pwrite(data, &flipped, 1, off_t(offset)) == 1)
        var verdict = verdict(of: path + "/data", expected: expected).rawValue
        write(verdictDescriptor, &verdict, 1)
        var original = bytes[offset]
        try #require(pwrite(data, &original, 1, off_t(offset)) == 1)
    }
}

private func verdict(of directory: String, expected: Contents) -> Verdict {
    do {
        let reader = try LMDBReader(directory: directory, options: .small)
        let found = try Contents(of: reader)
        if found == expected { return .harmless }
        var lost = found
        for index in lost.payloads.indices where lost.payloads[index] == nil {
            lost.payloads[index] = expected.payloads[index]
        }
        return lost == expected ? .payloadLost : .wrong
    } catch LogError.damaged {
        return .damaged
    } catch LogError.cannotOpen {
        return .damaged
    } catch {
        return .otherError
    }
}

// A short walk through the doors; tools/fuzz/run goes on for hours.

import Doors
import Foundation
import Simulation
import Testing

@Suite("Hostile inputs at the six doors")
struct DoorsTests {
    @Test("every kept input is taken as it should be", arguments: Door.allCases)
    func corpus(_ door: Door) throws {
        let inputs = try Kept.inputs("corpus/\(door.rawValue)")
        var accepted = 0
        for input in inputs {
            if case .accepted = try door.enter(input) { accepted += 1 }
        }
        // A corpus of what is refused at once would lead nowhere.
        #expect(accepted * 2 > inputs.count, "\(accepted) of \(inputs.count)")
    }

    @Test("2,000 damaged ones break no law", arguments: Door.allCases)
    func mutations(_ door: Door) throws {
        let wanted = ProcessInfo.processInfo.environment["DAYBOOK_TEST_SEED"].flatMap { UInt64($0) }
        let seed = wanted ?? UInt64.random(in: 0 ... .max)
        print("door \(door.rawValue): DAYBOOK_TEST_SEED=\(seed)")
        var mutator = Mutator(
            door, corpus: try Kept.inputs("corpus/\(door.rawValue)"),
            random: SeededRandom(seed: seed))
        var accepted = 0
        for _ in 0..<2_000 {
            if case .accepted = try door.enter(mutator.next()) { accepted += 1 }
        }
        #expect(accepted > 20 && accepted < 1_980, "\(accepted) of 2,000")
    }

    @Test("an input that once broke a law breaks none any more", arguments: Door.allCases)
    func found(_ door: Door) throws {
        for input in try Kept.inputs("found", prefix: door.rawValue + "-") {
            _ = try door.enter(input)
        }
    }

    @Test("the kept bytes are those that are made today", arguments: [Door.grpc, .frames, .stored])
    func seeds(_ door: Door) throws {
        let kept = Set(try Kept.inputs("corpus/\(door.rawValue)"))
        for seed in door.seeds {
            #expect(kept.contains(seed.bytes), "\(seed.name): write it with daybook-fuzz seeds")
        }
    }

    @Test("an equal seed gives equal inputs") func repeating() {
        func inputs() -> [[UInt8]] {
            var mutator = Mutator(
                .schedule, corpus: [Array("@every 1m".utf8), Array("@daily".utf8)],
                random: SeededRandom(seed: 7))
            return (0..<50).map { _ in mutator.next() }
        }
        #expect(inputs() == inputs())
        #expect(Set(inputs()).count > 40)
    }
}

/// Files beside the fuzzers.
private enum Kept {
    static func inputs(_ directory: String, prefix: String = "") throws -> [[UInt8]] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let place = root.appendingPathComponent("tools/fuzz/\(directory)")
        return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
            .filter { $0.hasPrefix(prefix) && !$0.hasPrefix(".") }
            .map { Array(try Data(contentsOf: place.appendingPathComponent($0))) }
    }
}

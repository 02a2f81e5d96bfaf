import Foundation
import Jobs

/// A small generator with one word of state: the same seed gives the same test everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word &>> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word &>> 31)
    }

    /// 0 up to, not including, `bound`. Cheaper than `Int.random` in a debug build.
    mutating func index(below bound: Int) -> Int { Int(truncatingIfNeeded: next() &>> 1) % bound }

    mutating func coin() -> Bool { next() & 1 == 1 }
}

enum Seed {
    /// A new seed for `test`, printed; `DAYBOOK_TEST_SEED` repeats an old one.
    static func generator(for test: String) -> SeededGenerator {
        let wanted = ProcessInfo.processInfo.environment["DAYBOOK_TEST_SEED"].flatMap { UInt64($0) }
        let seed = wanted ?? UInt64.random(in: 0 ... .max)
        print("\(test): DAYBOOK_TEST_SEED=\(seed)")
        return SeededGenerator(seed: seed)
    }
}

/// A file that lies beside the tests.
enum TestFile {
    /// Rules of a zone as IANA released them in 2025b, so that what was recorded stays comparable.
    static func zone(_ name: String) throws -> ZoneRules {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/zoneinfo/\(name)")
        return ZoneRules(zone: name, tzif: Array(try Data(contentsOf: url)))
    }

    static func zones(_ names: String...) throws -> ZoneTables {
        try Dictionary(uniqueKeysWithValues: names.map { ($0, try zone($0).table()) })
    }

    /// Its lines, without empty ones and those that begin with `#`.
    static func lines(of path: String) throws -> [String] {
        let url = Bundle.module.bundleURL.appendingPathComponent(path)
        let text = try String(contentsOf: url, encoding: .utf8)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }
}

import Glibc

/// SplitMix64: one word of state, and the same test everywhere for the same seed.
package struct SeededGenerator: RandomNumberGenerator {
    private var word: UInt64

    package init(seed: UInt64) { word = seed }

    package mutating func next() -> UInt64 {
        word &+= 0x9E37_79B9_7F4A_7C15
        var mixed = word
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }

    /// 0 up to, not including, `bound`. Cheaper than `Int.random` in a debug build.
    package mutating func index(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next() &>> 1) % bound
    }

    package mutating func chance(oneIn bound: Int) -> Bool { index(below: bound) == 0 }

    package mutating func coin() -> Bool { next() & 1 == 1 }

    package mutating func element<Choice>(of choices: [Choice]) -> Choice {
        choices[index(below: choices.count)]
    }
}

package enum Seed {
    /// A new seed for `test`, printed; `DAYBOOK_TEST_SEED` repeats an old one.
    package static func any(for test: String) -> UInt64 {
        let wanted = getenv("DAYBOOK_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = wanted ?? UInt64.random(in: 0 ... .max)
        print("\(test): DAYBOOK_TEST_SEED=\(seed)")
        return seed
    }

    package static func generator(for test: String) -> SeededGenerator {
        SeededGenerator(seed: any(for: test))
    }
}

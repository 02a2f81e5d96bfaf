import Jobs
import TestSupport
import Testing

@Suite("The order of jobs")
struct JobOrderTests {
    private static func id(_ name: String) throws -> JobID {
        try JobID(namespace: "ns", target: .app("shop"), name: name)
    }

    @Test("is that of their bytes, wherever the first difference is, and whatever follows it")
    func bytes() throws {
        var generator = Seed.generator(for: "order of jobs")
        let letters = ["a", "b", "~", "é", "\u{7FF}", "日", "😀"]
        for _ in 0..<5_000 {
            let common = (0..<generator.index(below: 20)).map { _ in
                letters[generator.index(below: letters.count)]
            }
            let names = (0..<2).map { _ in
                let rest = (0..<generator.index(below: 12)).map { _ in
                    letters[generator.index(below: letters.count)]
                }
                return "j" + (common + rest).joined()
            }
            let (left, right) = (try Self.id(names[0]), try Self.id(names[1]))
            let expected = left.key.lexicographicallyPrecedes(right.key)
            #expect((left < right) == expected, "\(names)")
            #expect((right < left) == (!expected && left != right), "\(names)")
        }
    }

    @Test("puts a name before all that it begins, and after what it begins with")
    func beginnings() throws {
        let whole = String(repeating: "x", count: 40)
        let ids = try (1...40).map { try Self.id(String(whole.prefix($0))) }
        #expect(ids.shuffled().sorted() == ids)
    }
}

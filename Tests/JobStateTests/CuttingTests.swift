import JobState
import TestSupport
import Testing

@Suite("Cutting a range out of a table") struct CuttingTests {
    private typealias Table = ChunkedTable<Int, Int>

    private func keys(_ table: Table) -> [Int] {
        var keys: [Int] = []
        table.forEach { key, value in
            if key == value { keys.append(key) }
            return true
        }
        return keys
    }

    private func expect(_ table: Table, _ expected: some Sequence<Int>, _ hint: Comment) {
        let expected = Array(expected)
        #expect(keys(table) == expected, hint)
        #expect(table.count == expected.count, hint)
        for key in expected.prefix(3) + expected.suffix(3) { #expect(table[key] == key, hint) }
        #expect(table.chunkCount <= 2 + expected.count / 8, hint)
    }

    @Test("gives both parts, and pasted they are the table again, over random ranges")
    func ranges() {
        let seed = Seed.any(for: "cutting")
        var generator = SeededGenerator(seed: seed)
        for number in 0..<300 {
            let hint: Comment = "seed \(seed), table \(number)"
            let size = generator.element(of: [1, 2, 127, 128, 129, 400, 3_000])
            var table = Table()
            for _ in 0..<size {
                let key = generator.index(below: size * 2)
                table.set(key, to: key)
            }
            let all = keys(table)
            let start = generator.index(below: size * 2) - 1
            let end = start + 1 + generator.index(below: size * 2)
            let range = start..<end
            #expect(table.count(from: start, to: end) == all.count(where: range.contains), hint)
            var part = table.cut(from: start, to: end)
            expect(table, all.filter { !range.contains($0) }, hint)
            #expect(keys(part) == all.filter(range.contains), hint)
            if generator.chance(oneIn: 2), let first = part.firstKey {
                // A key that comes back meanwhile is taken away before what was cut.
                table.set(first, to: first)
                table.remove(first)
            }
            table.paste(part)
            expect(table, all, hint)
            var popped: [Int] = []
            while let value = part.popLast() { popped.append(value) }
            #expect(popped == all.filter(range.contains).reversed() && part.isEmpty, hint)
        }
    }

    @Test("of an empty table gives nothing") func empty() {
        var table = Table()
        #expect(table.count(from: 1, to: 9) == 0)
        var part = table.cut(from: 1, to: 9)
        table.paste(part)
        #expect(part.popLast() == nil && table.isEmpty && part.isEmpty)
    }
}

import JobState
import TestSupport
import Testing

@Suite("An ordered table in chunks") struct ChunkedTableTests {
    /// The reference: a dictionary and its sorted keys.
    private struct Model {
        var values: [Int: Int] = [:]
        var keys: [Int] { values.keys.sorted() }
    }

    private func contents(_ table: ChunkedTable<Int, Int>, from start: Int? = nil) -> [[Int]] {
        var contents: [[Int]] = []
        table.forEach(from: start) { key, value in
            contents.append([key, value])
            return true
        }
        return contents
    }

    private func expectSame(_ table: ChunkedTable<Int, Int>, _ model: Model, _ hint: String) {
        #expect(table.count == model.values.count, "\(hint)")
        #expect(table.isEmpty == model.values.isEmpty, "\(hint)")
        #expect(table.first?.key == model.keys.first, "\(hint)")
        #expect(contents(table) == model.keys.map { [$0, model.values[$0] ?? -1] }, "\(hint)")
    }

    @Test("agrees with a dictionary over 120,000 random operations", arguments: [40, 400, 4_000])
    func model(_ keyCount: Int) {
        let seed = Seed.any(for: "ChunkedTable, \(keyCount) keys")
        var generator = SeededGenerator(seed: seed)
        var table = ChunkedTable<Int, Int>()
        var model = Model()
        var isSame = true
        for step in 0..<40_000 {
            // It grows for a while, then shrinks.
            let isGrowing = step / 5_000 % 2 == 0
            let key = generator.index(below: keyCount)
            switch generator.index(below: 10) {
            case 0..<(isGrowing ? 6 : 2):
                isSame = table.set(key, to: step) == model.values.updateValue(step, forKey: key)
            case 0..<8:
                isSame = table.remove(key) == model.values.removeValue(forKey: key)
            default:
                isSame = table[key] == model.values[key]
            }
            guard isSame else { break }
            if step % 2_000 == 0 { expectSame(table, model, "seed \(seed), step \(step)") }
        }
        #expect(isSame, "seed \(seed)")
        expectSame(table, model, "seed \(seed), at the end")
    }

    @Test("rows around a chunk's limit stay in order, however they come", arguments: 127...130)
    func limit(_ count: Int) {
        let orders = [
            Array(0..<count), (0..<count).reversed(), (0..<count).map { $0 * 61 % count },
        ]
        for order in orders {
            var table = ChunkedTable<Int, Int>()
            var model = Model()
            for key in order {
                table.set(key * 2, to: key)
                model.values[key * 2] = key
            }
            expectSame(table, model, "\(count) rows")
            #expect(table.chunkCount <= 1 + count / (TableLimits.chunkRowsMax / 2))
            for key in [-1, 1, count - 1, count, 2 * count] {
                table.set(key, to: -key)
                model.values[key] = -key
            }
            expectSame(table, model, "\(count) rows and between")
        }
    }

    @Test("a full chunk is left full by keys that only grow") func growing() {
        var table = ChunkedTable<Int, Int>()
        for key in 0..<TableLimits.chunkRowsMax { table.set(key, to: key) }
        #expect(table.chunkCount == 1)
        for key in TableLimits.chunkRowsMax..<TableLimits.chunkRowsMax * 10 {
            table.set(key, to: key)
        }
        #expect(table.chunkCount == 10)
    }

    @Test("rows added behind all others make the same table, of full chunks", arguments: 0...3)
    func appending(_ count: Int) {
        let count = count * TableLimits.chunkRowsMax + count
        var table = ChunkedTable<Int, Int>()
        var model = Model()
        for key in 0..<count {
            let isAdded = table.append(key * 2, key)
            #expect(isAdded)
            model.values[key * 2] = key
        }
        expectSame(table, model, "\(count) rows")
        #expect(
            table.chunkCount == (count + TableLimits.chunkRowsMax - 1) / TableLimits.chunkRowsMax)
        for key in stride(from: 1, to: 2 * count, by: 50) {
            table.set(key, to: -key)
            model.values[key] = -key
        }
        expectSame(table, model, "\(count) rows and between")
    }

    @Test("a row that is not behind all others is not added so") func appendingWrongly() {
        var table = ChunkedTable<Int, Int>()
        let keys =
            [5, 5, 4] + Array(6..<5 + TableLimits.chunkRowsMax) + [4 + TableLimits.chunkRowsMax]
        let isAdded = keys.map { table.append($0, 1) }
        let added = Array(5..<5 + TableLimits.chunkRowsMax)
        #expect(isAdded == [true, false, false] + added.dropFirst().map { _ in true } + [false])
        #expect(contents(table).map { $0[0] } == added)
        #expect(table.chunkCount == 1)
    }

    @Test("a table that has shrunk has few chunks, whichever end its rows went from")
    func shrinking() {
        // Chunks were joined with the next one only: rows that went oldest first, but for one in each chunk, left as
        // many chunks as there had ever been.
        let chunks = 100
        let keys = Array(0..<TableLimits.chunkRowsMax * chunks)
        for order in [keys, keys.reversed()] {
            var table = ChunkedTable<Int, Int>()
            for key in keys { table.set(key, to: key) }
            for key in order where key % TableLimits.chunkRowsMax != 0 { table.remove(key) }
            #expect(table.count == chunks)
            #expect(
                contents(table).map { $0[0] } == keys.filter { $0 % TableLimits.chunkRowsMax == 0 })
            #expect(table.chunkCount <= 1 + 2 * chunks / TableLimits.chunkRowsMin)
        }
    }

    @Test("a copy and its original do not see each other's changes") func copies() {
        var generator = SeededGenerator(seed: 7)
        var table = ChunkedTable<Int, Int>()
        for key in 0..<1_000 { table.set(key, to: key) }
        for _ in 0..<20 {
            let original = contents(table)
            var copy = table
            for _ in 0..<200 {
                let key = generator.index(below: 1_200)
                if generator.chance(oneIn: 2) { copy.remove(key) } else { copy.set(key, to: -1) }
            }
            let changed = contents(copy)
            #expect(contents(table) == original)
            for _ in 0..<200 { table.set(generator.index(below: 1_200), to: -2) }
            #expect(contents(copy) == changed)
        }
    }

    @Test("a range begins at the first key not before its start, and stops when told")
    func ranges() {
        var table = ChunkedTable<Int, Int>()
        #expect(contents(table, from: 3).isEmpty)
        let keys = Array(stride(from: 0, to: 2_000, by: 2))
        for key in keys { table.set(key, to: key) }
        for start in [-5, 0, 1, 2, 127, 128, 254, 255, 256, 257, 1_997, 1_998, 1_999, 5_000] {
            #expect(contents(table, from: start).map { $0[0] } == keys.filter { $0 >= start })
        }
        var visited: [Int] = []
        table.forEach(from: 250) { key, _ in
            visited.append(key)
            return visited.count < 20
        }
        #expect(visited == Array(keys.filter { $0 >= 250 }.prefix(20)))
    }

    @Test("tables are equal by what they hold, however they are cut") func equality() {
        var grown = ChunkedTable<Int, Int>()
        var shrunk = ChunkedTable<Int, Int>()
        for key in 0..<300 { grown.set(key, to: key) }
        for key in (0..<1_000).reversed() { shrunk.set(key, to: key) }
        #expect(grown != shrunk)
        for key in 300..<1_000 { shrunk.remove(key) }
        #expect(grown == shrunk)
        shrunk.set(150, to: 0)
        #expect(grown != shrunk)
    }
}

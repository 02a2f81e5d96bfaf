import Audit
import EventLog
import TestSupport
import Testing

@Suite("A table by sequence number")
struct NumberTableTests {
    @Test(
        "it holds what a dictionary holds, whatever is stored and taken out",
        arguments: UInt64(1)...20)
    func dictionary(seed: UInt64) {
        let comment: Comment = "seed \(seed)"
        var random = SeededGenerator(seed: seed)
        var table = NumberTable<Int>()
        var truth: [SequenceNumber: Int] = [:]
        // Neighbours share a block, others do not; some numbers are the largest there are.
        let spread = [UInt64(3), 40, 5_000][random.below(3)]
        for step in 0..<3_000 {
            var number = UInt64(random.number(below: Int64(spread)))
            if random.once(in: 10) { number = .max - number }
            let key = SequenceNumber(number)
            switch random.below(6) {
            case 0, 1:
                table[key] = step
                truth[key] = step
            case 2: #expect(table.remove(key) == truth.removeValue(forKey: key), comment)
            case 3:
                table[key] = nil
                truth[key] = nil
            case 4:
                table[key]? += 1
                truth[key]? += 1
            default: #expect(table[key] == truth[key], comment)
            }
            #expect(table.count == truth.count, comment)
        }
        #expect(table.numbers == truth.keys.sorted(), comment)
        for (key, value) in truth { #expect(table[key] == value, comment) }
        for key in truth.keys { #expect(table.remove(key) == truth[key], comment) }
        #expect(table.count == 0 && table.numbers == [], comment)
    }

    @Test("a place that was left is taken again")
    func places() {
        var table = NumberTable<[UInt8]>()
        for number in UInt64(1)...100 {
            table[SequenceNumber(number)] = [1]
            table[SequenceNumber(number)]?.append(2)
            #expect(table.remove(SequenceNumber(number)) == [1, 2])
            #expect(table[SequenceNumber(number)] == nil)
        }
        table[SequenceNumber(7)] = [7]
        #expect(table.numbers == [SequenceNumber(7)])
    }
}

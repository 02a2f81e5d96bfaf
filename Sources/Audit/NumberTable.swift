// The histories of jobs, and the triggers in flight, are looked for at every record. What is looked
// for is mostly near what was looked for last: jobs that were created one after another come due
// one after another, and so do their answers. So neighbours share a bucket, and values lie in the
// order in which they came; the processor then finds them without waiting for memory.

package import EventLog

/// Values by sequence number, like a dictionary. Takes memory by the most values there were at once,
/// with at most a block of places for each.
package struct NumberTable<Value> {
    /// Places of the numbers of a block, counted from 1; 0 for none.
    private typealias Places = InlineArray<16, UInt32>

    private var blocks: [Block: Places] = [:]
    private var values: [Value?] = []
    /// Places in `values` that hold none.
    private var free: [UInt32] = []

    package init() {}

    package var count: Int { values.count - free.count }

    /// Those that have a value, in the order of the log.
    package var numbers: [SequenceNumber] {
        blocks.keys.sorted { $0.number < $1.number }.flatMap { block in
            (0..<Block.size).map { block.sequence(at: $0) }.filter { place(of: $0) != nil }
        }
    }

    package subscript(_ number: SequenceNumber) -> Value? {
        get { place(of: number).flatMap { values[$0] } }
        _modify {
            if let place = place(of: number) {
                yield &values[place]
                if values[place] == nil { forget(number, at: place) }
            } else {
                var value: Value?
                yield &value
                if let value { insert(value, at: number) }
            }
        }
    }

    package mutating func remove(_ number: SequenceNumber) -> Value? {
        guard let place = place(of: number) else { return nil }
        let value = values[place].take()
        forget(number, at: place)
        return value
    }

    private func place(of number: SequenceNumber) -> Int? {
        let (block, index) = Block.holding(number)
        guard let place = blocks[block]?[index], place > 0 else { return nil }
        return Int(place) - 1
    }

    private mutating func insert(_ value: Value, at number: SequenceNumber) {
        let place: UInt32
        if let free = free.popLast() {
            place = free
            values[Int(place)] = value
        } else {
            place = UInt32(values.count)
            values.append(value)
        }
        let (block, index) = Block.holding(number)
        blocks[block, default: Places(repeating: 0)][index] = place + 1
    }

    private mutating func forget(_ number: SequenceNumber, at place: Int) {
        free.append(UInt32(place))
        let (block, index) = Block.holding(number)
        guard var places = blocks[block] else { return }
        places[index] = 0
        let isEmpty = places.indices.allSatisfy { places[$0] == 0 }
        blocks[block] = isEmpty ? nil : places
    }
}

/// Sixteen sequence numbers in a row.
private struct Block: Hashable {
    static let size = 16

    let number: UInt64

    static func holding(_ number: SequenceNumber) -> (block: Block, index: Int) {
        let (block, index) = number.rawValue.quotientAndRemainder(dividingBy: UInt64(size))
        return (Block(number: block), Int(index))
    }

    func sequence(at index: Int) -> SequenceNumber {
        SequenceNumber(number &* UInt64(Block.size) &+ UInt64(index))
    }

    /// One multiplication instead of a keyed hash, which would cost more than all else here: nobody
    /// can choose the numbers of a log. Folds both halves of the product, so that every bit of the
    /// number reaches the low ones; `seed` tells tables of different sizes apart.
    func _rawHashValue(seed: Int) -> Int {
        let mixed = number ^ UInt64(bitPattern: Int64(seed))
        let product = mixed.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: product.high ^ product.low)
    }
}

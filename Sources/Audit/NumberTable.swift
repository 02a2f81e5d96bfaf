// Generations and triggers in flight are looked up at every record. A look-up is mostly near the last one:
// jobs that were created one after another come due one after another, and so do their answers. So
// neighbours share a bucket, and values are stored in the order of insertion, which suits the cache.

package import EventLog

/// Values by sequence number, like a dictionary. Its memory is bounded by the largest number of values
/// there were at once, with at most one block for each.
package struct NumberTable<Value> {
    /// Indexes in `values` of the numbers of a block, counted from 1; 0 for none.
    private typealias Places = InlineArray<16, UInt32>

    private var blocks: [Block: Places] = [:]
    private var values: [Value?] = []
    /// Unused indexes of `values`.
    private var free: [UInt32] = []

    package init() {}

    package var count: Int { values.count - free.count }

    /// The numbers that have a value, in the order of the log.
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

    /// One multiplication instead of a keyed hash, which would dominate the cost: the numbers of a log
    /// cannot be chosen by an attacker. Both halves of the product are combined, so that every bit of the
    /// number affects the low bits; `seed` differs between tables of different sizes.
    func _rawHashValue(seed: Int) -> Int {
        let mixed = number ^ UInt64(bitPattern: Int64(seed))
        let product = mixed.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int(truncatingIfNeeded: product.high ^ product.low)
    }
}

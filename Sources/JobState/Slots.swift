/// The number of a value in `Slots`.
package protocol SlotIndex: Hashable, Comparable, Sendable {
    var rawValue: Int32 { get }
    init(_ rawValue: Int)
}

extension SlotIndex {
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What has a number while something uses it.
package protocol SlotValue: Sendable {
    associatedtype Key: Hashable & Sendable
    associatedtype Index: SlotIndex

    var key: Key { get }
    var use: SlotUse { get set }
}

package enum SlotUse: Sendable {
    /// → givenUp, free
    case inUse
    /// Nothing uses the value since this turn. → free; inUse, if the turn is undone
    case givenUp
    /// Another value can have the number. → inUse
    case free
}

extension SlotValue {
    package var isInUse: Bool { use == .inUse }
}

/// Values that have numbers, and their numbers by key. A value that is given up frees its number for another one, but
/// not in the same turn: so the turn can be undone, and until its end a number means the value it meant in it.
struct Slots<Value: SlotValue>: Sendable {
    /// By number; those given up among them.
    private(set) var values: [Value] = []
    private var indexes: [Value.Key: Value.Index] = [:]
    /// The numbers of values given up. Some may be beyond the end, or in use again.
    private var free: [Value.Index] = []
    /// The numbers of values given up in this turn.
    private(set) var givenUp: [Value.Index] = []

    subscript(index: Value.Index) -> Value {
        get { values[Int(index.rawValue)] }
        _modify { yield &values[Int(index.rawValue)] }
    }

    func index(of key: Value.Key) -> Value.Index? { indexes[key] }

    /// The numbers of the values in use, in ascending order.
    var inUse: [Value.Index] {
        values.indices.lazy.filter { values[$0].isInUse }.map { Value.Index($0) }
    }

    /// Adds a value whose key has no number yet.
    mutating func add(_ value: Value) -> Value.Index {
        let index = takeFree() ?? Value.Index(values.count)
        if Int(index.rawValue) == values.count {
            values.append(value)
        } else {
            self[index] = value
        }
        indexes[value.key] = index
        return index
    }

    private mutating func takeFree() -> Value.Index? {
        while let index = free.popLast() {
            if Int(index.rawValue) < values.count, self[index].use == .free { return index }
        }
        return nil
    }

    /// Gives up a value that nothing uses.
    mutating func giveUp(_ index: Value.Index, inTurn: Bool) {
        indexes[self[index].key] = nil
        self[index].use = inTurn ? .givenUp : .free
        if inTurn { givenUp.append(index) } else { free.append(index) }
    }

    /// Undoes `giveUp` of this turn.
    mutating func takeBack(_ index: Value.Index) {
        indexes[self[index].key] = index
        self[index].use = .inUse
    }

    /// After all that was given up in a turn was taken back.
    mutating func forgetGivenUp() { givenUp = [] }

    /// Frees the numbers of the last turn, and the memory of many that nothing uses any more.
    mutating func startTurn() {
        if !givenUp.isEmpty {
            for index in givenUp { self[index].use = .free }
            free += givenUp
            givenUp.removeAll(keepingCapacity: givenUp.count <= TableLimits.keptSlots)
        }
        while values.last?.isInUse == false { values.removeLast() }
        values.shrink(above: TableLimits.keptSlots)
        if values.isEmpty { free = [] }
        free.shrink(above: TableLimits.keptSlots)
        if indexes.capacity > TableLimits.keptSlots, indexes.count < indexes.capacity / 8 {
            indexes = Dictionary(uniqueKeysWithValues: indexes.map { ($0.key, $0.value) })
        }
    }
}

extension Array {
    /// Gives memory back if less than an eighth of it, and of more than `count` elements, is used.
    mutating func shrink(above count: Int) {
        if capacity > count, self.count < capacity / 8 { self = map { $0 } }
    }
}

// An ordered table in small chunks of value type. Lookup and insertion search a directory of first
// keys, then one chunk; order, ranges and paging are built in, nothing depends on hash order, and a
// copy is O(1): afterwards the writer copies only the directory and the chunks it touches. At a
// million jobs, a few hundred large shards stalled the writer for 64–336 ms, chunks of 30–120 rows
// for 4–8 ms.

package struct ChunkedTable<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    fileprivate struct Chunk: Sendable {
        var keys: [Key]
        var values: [Value]
    }

    /// The first key of each chunk. No chunk is empty.
    private var firsts: [Key] = []
    private var chunks: [Chunk] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }
    /// The number of chunks, which is the size of the directory the writer copies at its first
    /// change after a copy of the table.
    package var chunkCount: Int { chunks.count }
    package var firstKey: Key? { firsts.first }
    package var first: (key: Key, value: Value)? {
        guard let chunk = chunks.first else { return nil }
        return (chunk.keys[0], chunk.values[0])
    }

    package subscript(key: Key) -> Value? {
        guard let place = find(key) else { return nil }
        return chunks[place.chunk].values[place.offset]
    }

    /// Stores `value` under `key` and returns the previous value.
    @discardableResult
    package mutating func set(_ key: Key, to value: Value) -> Value? {
        guard !chunks.isEmpty else {
            firsts = [key]
            chunks = [Chunk(keys: [key], values: [value])]
            count = 1
            return nil
        }
        let chunk = chunkIndex(of: key)
        let offset = ChunkedTable.lowerBound(chunks[chunk].keys, key)
        if offset < chunks[chunk].keys.count, chunks[chunk].keys[offset] == key {
            let old = chunks[chunk].values[offset]
            chunks[chunk].values[offset] = value
            return old
        }
        insert(key, value, chunk: chunk, offset: offset)
        return nil
    }

    /// Changes the value of `key` in place. Returns `nil`, without calling `change`, if there is
    /// none.
    mutating func update<Result, Failure: Error>(
        _ key: Key, _ change: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let place = find(key) else { return nil }
        return try change(&chunks[place.chunk].values[place.offset])
    }

    /// Adds a row after all others and leaves full chunks, so that a table can be built from sorted
    /// rows without look-ups. Returns false and changes nothing if `key` is not after the last one.
    package mutating func append(_ key: Key, _ value: Value) -> Bool {
        guard let last = chunks.indices.last else {
            set(key, to: value)
            return true
        }
        let rows = chunks[last].keys.count
        guard chunks[last].keys[rows - 1] < key else { return false }
        count += 1
        if rows >= TableLimits.chunkRowsMax {
            chunks.append(Chunk(keys: [], values: []))
            chunks[last + 1].keys.reserveCapacity(TableLimits.chunkRowsMax)
            chunks[last + 1].values.reserveCapacity(TableLimits.chunkRowsMax)
            firsts.append(key)
        }
        chunks[chunks.count - 1].keys.append(key)
        chunks[chunks.count - 1].values.append(value)
        return true
    }

    /// Removes the value of `key` and returns it.
    @discardableResult
    package mutating func remove(_ key: Key) -> Value? {
        guard let place = find(key) else { return nil }
        let chunk = place.chunk
        let old = chunks[chunk].values.remove(at: place.offset)
        chunks[chunk].keys.remove(at: place.offset)
        count -= 1
        if chunks[chunk].keys.isEmpty {
            chunks.remove(at: chunk)
            firsts.remove(at: chunk)
        } else {
            if place.offset == 0 { firsts[chunk] = chunks[chunk].keys[0] }
            mergeIfSmall(chunk)
        }
        return old
    }

    /// How many keys come before `key`. Adds up the lengths of the earlier chunks.
    package func count(before key: Key) -> Int {
        guard !chunks.isEmpty else { return 0 }
        let chunk = chunkIndex(of: key)
        return chunks[..<chunk].reduce(0) { $0 + $1.keys.count }
            + ChunkedTable.lowerBound(chunks[chunk].keys, key)
    }

    /// How many keys there are from `start` to before `end`, which comes after it. Adds up the lengths of their chunks.
    package func count(from start: Key, to end: Key) -> Int {
        guard !chunks.isEmpty else { return 0 }
        let (low, high) = (chunkIndex(of: start), chunkIndex(of: end))
        return chunks[low..<high].reduce(0) { $0 + $1.keys.count }
            - ChunkedTable.lowerBound(chunks[low].keys, start)
            + ChunkedTable.lowerBound(chunks[high].keys, end)
    }

    /// Removes the rows from `start` to before `end`, which comes after it, and returns them as a table. Whole chunks
    /// move: it looks at no row but those of the first and the last chunk.
    package mutating func cut(from start: Key, to end: Key) -> ChunkedTable {
        var part = ChunkedTable()
        part.count = count(from: start, to: end)
        guard part.count > 0 else { return part }
        let range = divide(before: start)..<divide(before: end)
        part.firsts = Array(firsts[range])
        part.chunks = Array(chunks[range])
        firsts.removeSubrange(range)
        chunks.removeSubrange(range)
        count -= part.count
        mergeAround(range.lowerBound)
        return part
    }

    /// Puts back what was cut. No row may have come between its rows.
    package mutating func paste(_ part: ChunkedTable) {
        guard let start = part.firstKey else { return }
        let place = divide(before: start)
        firsts.insert(contentsOf: part.firsts, at: place)
        chunks.insert(contentsOf: part.chunks, at: place)
        count += part.count
        mergeAround(place + part.chunkCount)
        mergeAround(place)
    }

    /// Removes the last row and returns its value.
    package mutating func popLast() -> Value? {
        guard let last = chunks.indices.last else { return nil }
        count -= 1
        chunks[last].keys.removeLast()
        let value = chunks[last].values.removeLast()
        if chunks[last].keys.isEmpty {
            chunks.removeLast()
            firsts.removeLast()
        }
        return value
    }

    /// Visits rows in key order from `start` (or the first) until `visit` returns false.
    package func forEach(from start: Key? = nil, _ visit: (Key, Value) -> Bool) {
        guard !chunks.isEmpty else { return }
        var chunk = 0
        var offset = 0
        if let start {
            chunk = chunkIndex(of: start)
            offset = ChunkedTable.lowerBound(chunks[chunk].keys, start)
        }
        while chunk < chunks.count {
            while offset < chunks[chunk].keys.count {
                guard visit(chunks[chunk].keys[offset], chunks[chunk].values[offset]) else {
                    return
                }
                offset += 1
            }
            chunk += 1
            offset = 0
        }
    }

    private func find(_ key: Key) -> (chunk: Int, offset: Int)? {
        guard !chunks.isEmpty else { return nil }
        let chunk = chunkIndex(of: key)
        let offset = ChunkedTable.lowerBound(chunks[chunk].keys, key)
        guard offset < chunks[chunk].keys.count, chunks[chunk].keys[offset] == key else {
            return nil
        }
        return (chunk, offset)
    }

    /// The last chunk whose first key is not after `key`; the first chunk for a key before all
    /// others.
    private func chunkIndex(of key: Key) -> Int {
        var low = 0
        var high = firsts.count
        // Appending is the common case: sequence numbers only grow.
        if high > 0, !(key < firsts[high - 1]) { return high - 1 }
        while low < high {
            let middle = (low + high) / 2
            if key < firsts[middle] { high = middle } else { low = middle + 1 }
        }
        return max(0, low - 1)
    }

    private static func lowerBound(_ keys: [Key], _ key: Key) -> Int {
        // Appending is the common case here too.
        if let last = keys.last, last < key { return keys.count }
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func insert(_ key: Key, _ value: Value, chunk: Int, offset: Int) {
        count += 1
        let isFull = chunks[chunk].keys.count >= TableLimits.chunkRowsMax
        if isFull, chunk == chunks.count - 1, offset == chunks[chunk].keys.count {
            // Ascending keys leave full chunks instead of half-empty ones.
            chunks.append(Chunk(keys: [key], values: [value]))
            firsts.append(key)
            return
        }
        var chunk = chunk
        var offset = offset
        if isFull {
            split(chunk, at: TableLimits.chunkRowsMax / 2)
            if offset > chunks[chunk].keys.count {
                offset -= chunks[chunk].keys.count
                chunk += 1
            }
        }
        chunks[chunk].keys.insert(key, at: offset)
        chunks[chunk].values.insert(value, at: offset)
        if offset == 0 { firsts[chunk] = key }
    }

    /// The place of the first chunk without keys before `key`; divides the chunk that has others too.
    private mutating func divide(before key: Key) -> Int {
        guard !chunks.isEmpty else { return 0 }
        let chunk = chunkIndex(of: key)
        let offset = ChunkedTable.lowerBound(chunks[chunk].keys, key)
        if offset > 0, offset < chunks[chunk].keys.count { split(chunk, at: offset) }
        return offset == 0 ? chunk : chunk + 1
    }

    /// Merges the chunks on both sides of a place where chunks came or went.
    private mutating func mergeAround(_ place: Int) {
        for chunk in [place, place - 1] where chunks.indices.contains(chunk) { mergeIfSmall(chunk) }
    }

    private mutating func split(_ chunk: Int, at middle: Int) {
        let upper = Chunk(
            keys: Array(chunks[chunk].keys[middle...]),
            values: Array(chunks[chunk].values[middle...]))
        chunks[chunk].keys.removeSubrange(middle...)
        chunks[chunk].values.removeSubrange(middle...)
        chunks.insert(upper, at: chunk + 1)
        firsts.insert(upper.keys[0], at: chunk + 1)
    }

    /// Merges a chunk that has become small with a small neighbour, so that deletes cannot leave a
    /// million chunks of one row. It tries both sides: deleting the oldest rows first leaves small
    /// chunks only before the current one.
    private mutating func mergeIfSmall(_ chunk: Int) {
        guard chunks[chunk].keys.count < TableLimits.chunkRowsMin else { return }
        if !joinWithNext(chunk), chunk > 0 { _ = joinWithNext(chunk - 1) }
    }

    /// False if there is no next chunk, or the two are not small enough together.
    private mutating func joinWithNext(_ chunk: Int) -> Bool {
        guard chunk + 1 < chunks.count,
            chunks[chunk].keys.count + chunks[chunk + 1].keys.count <= TableLimits.chunkRowsMax / 2
        else { return false }
        let after = chunks.remove(at: chunk + 1)
        firsts.remove(at: chunk + 1)
        chunks[chunk].keys.append(contentsOf: after.keys)
        chunks[chunk].values.append(contentsOf: after.values)
        return true
    }
}

extension ChunkedTable: Equatable where Value: Equatable {
    /// Equal contents, regardless of the division into chunks.
    package static func == (left: ChunkedTable, right: ChunkedTable) -> Bool {
        guard left.count == right.count else { return false }
        return left.chunks.flatMap(\.keys) == right.chunks.flatMap(\.keys)
            && left.chunks.flatMap(\.values) == right.chunks.flatMap(\.values)
    }
}

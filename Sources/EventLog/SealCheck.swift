/// Recomputes the digest chain over pages read in order, and finds the first seal that does not
/// match.
package struct SealCheck: Sendable {
    private var chain: DigestChain
    /// The last seal that matched.
    package private(set) var verified: Seal
    private var position: SequenceNumber

    package init(after seal: Seal) {
        chain = DigestChain(after: seal)
        verified = seal
        position = seal.last
    }

    /// Checks the next page. Throws `damaged` where a seal's digest, or the order of the seals, is
    /// wrong.
    package mutating func add(_ page: LogPage) throws(LogError) {
        var seals = page.seals.makeIterator()
        var seal = seals.next()
        let bytes = page.records.bytes
        for index in 0..<page.records.count {
            let sequence = page.records.sequence(at: index)
            guard sequence == position.next else {
                throw .damaged(at: position.next, detail: "record \(sequence) is in its place")
            }
            let range = page.records.range(at: index)
            bytes.withUnsafeBytes {
                chain.add(UnsafeRawBufferPointer(rebasing: $0[range]), at: sequence)
            }
            position = sequence
            if let end = seal, end.last == sequence {
                try close(with: end)
                seal = seals.next()
            }
        }
        if let seal {
            throw .damaged(at: seal.last, detail: "a seal is where no turn ends")
        }
    }

    /// Nothing may follow the last seal: a turn and its seal are one append.
    package func finish() throws(LogError) {
        guard position == verified.last else {
            throw .damaged(at: verified.last.next, detail: "records follow the last seal")
        }
    }

    private mutating func close(with seal: Seal) throws(LogError) {
        guard seal.first == verified.last.next else {
            throw .damaged(at: seal.first, detail: "a seal begins where the one before did not end")
        }
        let expected = chain.close(
            first: seal.first, last: seal.last, time: seal.time,
            decidedThrough: seal.decidedThrough)
        guard expected.digest == seal.digest else {
            throw .damaged(
                at: seal.first,
                detail: "the digest of records \(seal.first) to \(seal.last) does not fit")
        }
        verified = seal
    }
}

import EventLog

/// Spans of time, oldest first. Only the last ones are kept, because only recent waits are compared with
/// them.
struct TimeSpans {
    private static let spansMax = 64

    private var spans: [(from: Timestamp, to: Timestamp)] = []

    /// A span that begins where the last one ended continues it.
    mutating func add(_ from: Timestamp, _ to: Timestamp) {
        guard from < to else { return }
        if let last = spans.indices.last, spans[last].to == from {
            spans[last].to = to
            return
        }
        if spans.count == Self.spansMax { spans.removeFirst(Self.spansMax / 2) }
        spans.append((from, to))
    }

    /// Nanoseconds between `from` and `to` that lie in the spans, or in one that began at `open` and has
    /// not ended.
    func overlap(_ from: Timestamp, _ to: Timestamp, open: Timestamp? = nil) -> Int64 {
        var sum: Int64 = 0
        if let open { sum = max(0, to.nanoseconds(since: max(from, open))) }
        for span in spans.reversed() {
            if span.to <= from { break }
            let part = min(to, span.to).nanoseconds(since: max(from, span.from))
            sum = sum.clampedAdding(max(0, part))
        }
        return min(sum, max(0, to.nanoseconds(since: from)))
    }
}

extension TimeSpans: AuditStatePart {
    init(_ state: inout AuditStateReader) throws(AuditStateError) {
        spans = try state.all { state throws(AuditStateError) in
            (from: try state.time(), to: try state.time())
        }
    }

    func append(to state: inout AuditStateWriter) {
        state.add(all: spans) { span, state in
            state.add(span.from)
            state.add(span.to)
        }
    }
}

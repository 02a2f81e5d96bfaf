// The two bounds on what clients do not read: one for answers, one for the messages of streams. Streams have
// their own, so that no number of clients that ask for long answers can end the streams of sidecars.

package import Logging
import NIOCore
import Synchronization
package import Telemetry

package struct UnsentBounds: Sendable {
    package let answers: UnsentBytes
    package let streams: UnsentBytes

    package init(
        bytesMax: Int = ListenerLimits.unsentBytesMax,
        logger: Logger = Logger(label: "unsent") { _ in SwiftLogNoOpLogHandler() }
    ) {
        func bytes(of what: String) -> UnsentBytes {
            let lines = ClosingLines(logger: logger, what: what)
            return UnsentBytes(bytesMax: bytesMax) { lines.closed($0) }
        }
        answers = bytes(of: "answers")
        streams = bytes(of: "streams")
    }

    package var metricFamilies: [MetricFamily] {
        let both = [(answers, Label("of", "answers")), (streams, Label("of", "streams"))]
        return [
            MetricFamily(
                "daybook_unsent_bytes",
                "Bytes that were handed to clients' sockets and that clients have not taken yet.",
                .gauge(both.map { Sample(Double($0.byteCount), $1) })),
            MetricFamily(
                "daybook_unsent_closed_total",
                "Connections and calls that were ended because too much waited for clients that "
                    + "did not read.",
                .counter(both.map { Sample(Double($0.closings), $1) })),
        ]
    }
}

/// A line now, and then one for all that come within a minute of it.
private final class ClosingLines: Sendable {
    private struct State {
        var last: NIODeadline?
        var untold = 0
    }

    private let logger: Logger
    private let what: String
    private let state = Mutex(State())

    init(logger: Logger, what: String) {
        self.logger = logger
        self.what = what
    }

    func closed(_ count: Int) {
        let told: Int? = state.withLock { state in
            let now = NIODeadline.now()
            state.untold += count
            if let last = state.last, now - last < ListenerLimits.unsentLineInterval { return nil }
            defer { state = State(last: now) }
            return state.untold
        }
        guard let told else { return }
        logger.warning(
            "clients that did not read were closed: too many bytes waited for them",
            metadata: ["of": "\(what)", "closed": "\(told)"])
    }
}

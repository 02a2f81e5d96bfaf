// Where log lines go: standard error or a file, written by a thread of its own from a queue with a
// limit. Whoever logs never waits for it: a pipe that nobody reads any more, or a disk that hangs,
// costs lines of the log and nothing else.

import Dispatch
import Glibc
import Synchronization
package import Telemetry

package final class LogOutput: Sendable {
    /// Bytes that may wait. Lines beyond them are dropped and counted.
    package static let waitingBytesMax = 1 << 20
    /// How long the end of the process waits for what is still to be written.
    private static let endDuration = DispatchTimeInterval.seconds(1)

    private struct Waiting {
        var bytes: [UInt8] = []
        var isBeingWritten = false
        var dropped = 0
        /// Dropped lines that no line of the log has reported yet.
        var untold = 0
    }

    /// Why the lines go to standard error and not to the file that was asked for.
    package let fault: String?
    private let descriptor: Int32
    private let line: @Sendable (Int) -> String
    private let waiting = Mutex(Waiting())
    private let queue = DispatchQueue(label: "log lines")

    /// Opens `path`, or standard error without one, or if it cannot be opened: a log that cannot be
    /// written keeps no job waiting. `line` says how many lines were dropped.
    package init(path: String?, droppedLine line: @escaping @Sendable (Int) -> String) {
        self.line = line
        guard let path else {
            (descriptor, fault) = (STDERR_FILENO, nil)
            return
        }
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        let opened = open(path, flags, 0o600)
        fault = opened < 0 ? String(cString: strerror(errno)) : nil
        descriptor = opened < 0 ? STDERR_FILENO : opened
    }

    /// Writes the line soon, or drops it. Returns at once.
    package func write(_ line: String) {
        let isFirst = waiting.withLock { waiting in
            guard waiting.bytes.count + line.utf8.count <= LogOutput.waitingBytesMax else {
                waiting.dropped += 1
                waiting.untold += 1
                return false
            }
            waiting.bytes += line.utf8
            defer { waiting.isBeingWritten = true }
            return !waiting.isBeingWritten
        }
        if isFirst { queue.async { self.writeWhatWaits() } }
    }

    /// Waits until everything is written, a second at most. Call it before the process ends.
    package func flush() {
        let group = DispatchGroup()
        queue.async(group: group) {}
        _ = group.wait(timeout: .now() + LogOutput.endDuration)
    }

    private func writeWhatWaits() {
        while let bytes = takeWhatWaits() {
            guard !Descriptor.write(bytes, to: descriptor) else { continue }
            // Nobody reads it any more, or the disk is full.
            let lines = bytes.count { $0 == UInt8(ascii: "\n") }
            waiting.withLock { waiting in
                waiting.dropped += lines
                waiting.untold += lines
            }
        }
    }

    private func takeWhatWaits() -> [UInt8]? {
        waiting.withLock { waiting in
            guard !waiting.bytes.isEmpty else {
                waiting.isBeingWritten = false
                return nil
            }
            var bytes: [UInt8] = []
            swap(&bytes, &waiting.bytes)
            if waiting.untold > 0 { bytes += line(waiting.untold).utf8 }
            waiting.untold = 0
            return bytes
        }
    }

    package var metricFamilies: [MetricFamily] {
        [
            .counter(
                "daybook_log_lines_dropped_total",
                "Lines of the program's own log that were dropped, because nobody read them or "
                    + "they could not be written.", UInt64(waiting.withLock { $0.dropped }))
        ]
    }
}

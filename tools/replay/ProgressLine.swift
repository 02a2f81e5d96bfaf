import Glibc

/// The progress of a long reading: one line on standard error, overwritten, if that is a terminal.
struct ProgressLine {
    private static let interval = Duration.milliseconds(200)

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let began = ContinuousClock.now
    private var shown: ContinuousClock.Instant?

    mutating func show(_ done: UInt64, of total: UInt64) {
        guard isTerminal else { return }
        let now = ContinuousClock.now
        if let shown, now - shown < Self.interval { return }
        shown = now
        write(Self.text(done, of: total, after: now - began))
    }

    /// Clears the line before other output.
    mutating func clear() {
        guard shown != nil else { return }
        shown = nil
        write("")
    }

    private static func text(
        _ done: UInt64, of total: UInt64, after elapsed: Duration
    ) -> String {
        let share = total == 0 ? 100 : Int(Double(done) / Double(total) * 100)
        let seconds = elapsed / .seconds(1)
        let start = "\(done) of \(total) records, \(share) %"
        guard done > 0, seconds > 0 else { return start }
        let rate = Double(done) / seconds
        let left = Int((Double(total - min(done, total)) / rate).rounded(.up))
        return "\(start), \(Int(rate))/s, \(left) s left"
    }

    private func write(_ text: String) {
        let bytes = Array("\r\u{1B}[K\(text)".utf8)
        // A failure to write to the terminal is ignored.
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}

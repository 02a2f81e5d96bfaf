import EventText
import Glibc

/// Standard output, and what there is to know of it.
struct JobsOutput {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// How many columns a terminal shows; `nil` elsewhere, or if it does not say.
    static var columns: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    private var output = StandardOutput()

    mutating func append(_ text: String) { output.append(text) }

    /// JSON as it came; a terminal gets it with everything escaped that could move its cursor,
    /// which means the same.
    mutating func append(_ json: JSONPart) {
        output.append(JobsOutput.isTerminal ? json.shown : json.text)
    }

    /// Whoever reads no more of what is printed, such as `head`, ends this without a word. Only
    /// here: to a connection that breaks the same signal is an error of one write.
    mutating func flush() throws(Failure) {
        signal(SIGPIPE, SIG_DFL)
        defer { signal(SIGPIPE, SIG_IGN) }
        try output.flush()
    }
}

extension JobsOutput {
    /// For people only: one line on a terminal, nothing elsewhere. `name` is made safe to show.
    static func tell(_ what: String, name: String) throws(Failure) {
        guard isTerminal else { return }
        var output = JobsOutput()
        output.append("\(what) \(TextTable.cell(name))\n")
        try output.flush()
    }
}

import EventText
import Glibc

/// Standard output and its properties.
struct JobsOutput {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The terminal's width in columns; `nil` if it is not a terminal or the width is unknown.
    static var columns: Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    private var output = StandardOutput()

    mutating func append(_ text: String) { output.append(text) }

    /// Appends JSON as received; for a terminal, everything that could move the cursor is escaped,
    /// which does not change the meaning.
    mutating func append(_ json: JSONPart) {
        output.append(JobsOutput.isTerminal ? json.shown : json.text)
    }

    /// If the reader of the output stops, such as `head`, this process ends silently. The signal is
    /// enabled only here: for a broken connection it must be an error of one write.
    mutating func flush() throws(Failure) {
        signal(SIGPIPE, SIG_DFL)
        defer { signal(SIGPIPE, SIG_IGN) }
        try output.flush()
    }
}

extension JobsOutput {
    /// Prints one line on a terminal, nothing elsewhere. `name` is made safe to show.
    static func tell(_ what: String, name: String) throws(Failure) {
        guard isTerminal else { return }
        var output = JobsOutput()
        output.append("\(what) \(TextTable.cell(name))\n")
        try output.flush()
    }
}

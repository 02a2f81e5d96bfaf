// The program's log: one line per event, on standard error or in a file, for people or as JSON. Messages and
// values may contain text from outside, which must not move the cursor, forge a line or fill the
// disk.

import Glibc
import Jobs
import Logging
import Settings

enum StandardError {
    /// Writes all of `text`, or as much as standard error accepts.
    static func write(_ text: String) {
        Descriptor.write(Array(text.utf8), to: STDERR_FILENO)
    }
}

/// Where log lines go.
struct LogOutput {
    let descriptor: Int32
    /// Why they go to standard error and not to the file that was asked for.
    let fault: String?

    /// Opens `path`, or standard error without one, or if it cannot be opened: a log that cannot be
    /// written keeps no job waiting. A pipe that nobody reads does not block it either.
    init(path: String?) {
        guard let path else {
            (descriptor, fault) = (STDERR_FILENO, nil)
            return
        }
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        let opened = open(path, flags, 0o600)
        fault = opened < 0 ? String(cString: strerror(errno)) : nil
        descriptor = opened < 0 ? STDERR_FILENO : opened
    }

    /// Writes all of `text`, or as much as is accepted.
    func write(_ text: String) { Descriptor.write(Array(text.utf8), to: descriptor) }
}

struct LineLogHandler: LogHandler {
    /// The most bytes of a message, or of one value.
    private static let textBytesMax = 1_024
    /// The most values of one line.
    private static let valuesMax = 32

    let format: LogFormat
    let output: LogOutput
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(format: LogFormat, level: LogLevel, output: LogOutput) {
        self.format = format
        self.output = output
        logLevel =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var values = metadata
        values.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { values["error"] = "\(error)" }
        let pairs = values.sorted { $0.key < $1.key }.prefix(LineLogHandler.valuesMax)
            .map { (shown($0.key), shown("\($0.value)")) }
        let time = InstantText.utc(SystemClock.now())
        output.write(
            line(time, "\(event.level)", shown("\(event.message)"), Array(pairs)))
    }

    private func line(
        _ time: String, _ level: String, _ message: String, _ pairs: [(String, String)]
    ) -> String {
        switch format {
        case .text:
            let values = pairs.map { key, value in
                value.contains(" ") || value.contains("\"") || value.isEmpty
                    ? " \(key)=\(JSONString.quoted(value))" : " \(key)=\(value)"
            }
            return "\(time) \(level) \(message)\(values.joined())\n"
        case .json:
            let fields = [("time", time), ("level", level), ("message", message)] + pairs
            let members = fields.map { "\(JSONString.quoted($0.0)):\(JSONString.quoted($0.1))" }
            return "{\(members.joined(separator: ","))}\n"
        }
    }

    private func shown(_ text: String) -> String {
        SafeText.shown(text, limit: LineLogHandler.textBytesMax)
    }
}

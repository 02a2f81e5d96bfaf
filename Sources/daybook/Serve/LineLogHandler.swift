// The program's log: one line per event, on standard error or in a file, for people or as JSON. Messages and
// values may contain text from outside, which must not move the cursor, forge a line or fill the
// disk.

import Glibc
import Jobs
import Logging
import Operations
import Settings

enum StandardError {
    /// Writes all of `text`, or as much as standard error accepts.
    static func write(_ text: String) {
        Descriptor.write(Array(text.utf8), to: STDERR_FILENO)
    }
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
        output.write(
            LineLogHandler.line(
                format, "\(event.level)", shown("\(event.message)"), Array(pairs)))
    }

    /// The line that tells of `count` lines that were dropped.
    static func line(_ format: LogFormat, ofDropped count: Int) -> String {
        line(format, "warning", "log lines were dropped", [("lines", "\(count)")])
    }

    private static func line(
        _ format: LogFormat, _ level: String, _ message: String, _ pairs: [(String, String)]
    ) -> String {
        let time = InstantText.utc(SystemClock.now())
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

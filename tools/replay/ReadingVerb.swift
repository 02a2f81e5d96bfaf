// A verb that reads the log in a child process, which may die on a torn page. The output comes through a pipe
// in frames: a line `<first> <place> <last> <count>`, then `count` bytes, which are whole lines of the output.
// The last line says how the reading ended.

import ArgumentParser
import EventLog
import FoundationEssentials
import Glibc

protocol ReadingVerb: ParsableCommand {
    var log: LogOptions { get }

    /// Reads the log and prints. Called only in the child process. Throws a `LogError` or a
    /// `ReadingRefusal`.
    func read(into output: inout ReadingOutput) throws
}

/// Why the output ends early.
struct ReadingRefusal: Error, Codable {
    let code: Int32
    let reason: String

    init(_ error: LogError) {
        code = ReplayExit(error).rawValue
        reason = error.description
    }

    /// The log does not contain what was asked for.
    init(findings reason: String) {
        code = ReplayExit.findings.rawValue
        self.reason = reason
    }

    /// The command asks for something outside the log.
    init(usage reason: String) {
        code = ReplayExit.usage.rawValue
        self.reason = reason
    }
}

extension ReadingVerb {
    func run() throws {
        if log.isReading { return try readForParent() }
        do {
            try relay()
        } catch let refusal as ReadingRefusal {
            printError("daybook-replay: \(refusal.reason.escaped)")
            throw ExitCode(refusal.code)
        }
    }

    private func readForParent() throws {
        var output = ReadingOutput()
        var refusal: ReadingRefusal?
        do {
            try read(into: &output)
        } catch let error as LogError {
            refusal = ReadingRefusal(error)
        } catch let error as ReadingRefusal {
            refusal = error
        }
        output.flush()
        let outcome = ReadingEnd(refusal: refusal, hasFindings: output.hasFindings)
        StandardOutput.write(Array(try JSONEncoder().encode(outcome)) + [UInt8(ascii: "\n")])
    }

    /// Starts a child process that reads, and prints its output.
    private func relay() throws {
        var reading = try start()
        var progress = ProgressLine()
        var outcome: ReadingEnd?
        var place: UInt64 = 0
        while let line = reading.line() {
            guard let frame = Frame(line) else {
                outcome = try? JSONDecoder().decode(ReadingEnd.self, from: Data(line.utf8))
                break
            }
            guard let bytes = reading.bytes(frame.count) else { break }
            if !bytes.isEmpty {
                progress.clear()
                guard StandardOutput.write(bytes) else { throw ReadingRefusal(.cannotPrint) }
            }
            place = frame.place
            progress.show(frame.place &- frame.first, of: frame.last &- frame.first)
        }
        progress.clear()
        let end = reading.end()
        guard let outcome else { throw ReadingRefusal(.end(end, behind: place)) }
        if let refusal = outcome.refusal { throw refusal }
        if outcome.hasFindings { throw ExitCode(ReplayExit.findings.rawValue) }
    }

    private func start() throws(ReadingRefusal) -> ReadingProcess {
        let given = CommandLine.arguments.dropFirst()
        var arguments = Array(given.prefix(1)) + ["--is-reading"]
        if let columns = StandardOutput.columns { arguments.append("--columns=\(columns)") }
        arguments += given.dropFirst()
        do { return try ReadingProcess(arguments: arguments) } catch { throw ReadingRefusal(error) }
    }
}

private struct ReadingEnd: Codable {
    let refusal: ReadingRefusal?
    let hasFindings: Bool
}

/// A piece of output, and the progress of the reading.
private struct Frame {
    /// Record numbers: the one after which the reading began, the last one read, the last one wanted.
    let first, place, last: UInt64
    let count: Int

    init?(_ line: String) {
        let numbers = line.split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 4, let count = Int(exactly: numbers[3]) else { return nil }
        (first, place, last) = (numbers[0], numbers[1], numbers[2])
        self.count = count
    }
}

/// The output of the reading process.
struct ReadingOutput {
    private static let frameBytes = 64 << 10
    /// Number of records after which progress is reported if there is nothing to print.
    private static let frameRecords: UInt64 = 1_024

    /// Output to be printed. Must be whole lines when `passed` or `flushIfFull` is called.
    var bytes: [UInt8] = []
    /// Whether the output contains findings.
    var hasFindings = false
    private var first = SequenceNumber.zero
    private var place = SequenceNumber.zero
    /// The position that was last reported.
    private var reported = SequenceNumber.zero
    private var last = SequenceNumber.zero

    /// Announces that the records after `first` up to `last` will be read.
    mutating func expect(behind first: SequenceNumber, upTo last: SequenceNumber) {
        self.first = first
        place = first
        reported = first
        self.last = last
    }

    /// Notes that the reading has passed `sequence`; now and then flushes the output and the progress.
    mutating func passed(_ sequence: SequenceNumber) {
        place = sequence
        let passed = place.rawValue &- reported.rawValue
        if passed >= ReadingOutput.frameRecords { flush() } else { flushIfFull() }
    }

    mutating func flushIfFull() {
        if bytes.count >= ReadingOutput.frameBytes { flush() }
    }

    /// Prints all pending output at once, because the process may die on the next read.
    mutating func flush() {
        StandardOutput.write(Array("\(first) \(place) \(last) \(bytes.count)\n".utf8) + bytes)
        bytes.removeAll(keepingCapacity: true)
        reported = place
    }
}

extension LogError {
    /// Standard output cannot be written, as `errno` says.
    fileprivate static var cannotPrint: LogError {
        .broken("standard output cannot be written: \(String(cString: strerror(errno)))")
    }

    /// The error for a reading process that ended without a result, somewhere after record `place`.
    static func end(_ end: ReadingProcess.End, behind place: UInt64) -> LogError {
        guard case .signalled(let signal) = end,
            [SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP].contains(signal)
        else { return .broken("the reading process ended before its time: \(end)") }
        let stored = place == 0 ? "the file" : "what is stored behind record \(place)"
        let name = String(cString: strsignal(signal))
        return .damaged(at: nil, detail: "\(stored) ended the process that read it (\(name))")
    }
}

// A verb whose reading is done by a process of its own, which may die over a torn page. What is
// printed comes by a pipe, in frames: a line `<first> <place> <last> <count>`, then so many bytes,
// which are whole lines of the output. The last line says how the reading ended.

import ArgumentParser
import EventLog
import FoundationEssentials
import Glibc

protocol ReadingVerb: ParsableCommand {
    var log: LogOptions { get }

    /// Reads the log and prints. Only ever called in the process that may die. Throws a `LogError`
    /// or a `ReadingRefusal`.
    func read(into output: inout ReadingOutput) throws
}

/// Why there is no more output than there is.
struct ReadingRefusal: Error, Codable {
    let code: Int32
    let reason: String

    init(_ error: LogError) {
        code = ReplayExit(error).rawValue
        reason = error.description
    }

    /// The log has nothing of what was asked for.
    init(findings reason: String) {
        code = ReplayExit.findings.rawValue
        self.reason = reason
    }

    /// The command asks for what the log cannot give.
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

    /// Lets another process read, and prints what it says.
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

/// A piece of output, and how far the reading is.
private struct Frame {
    /// Records: the one behind which the reading began, the last one read, the last one wanted.
    let first, place, last: UInt64
    let count: Int

    init?(_ line: String) {
        let numbers = line.split(separator: " ").compactMap { UInt64($0) }
        guard numbers.count == 4, let count = Int(exactly: numbers[3]) else { return nil }
        (first, place, last) = (numbers[0], numbers[1], numbers[2])
        self.count = count
    }
}

/// What the reading process has to say.
struct ReadingOutput {
    private static let frameBytes = 64 << 10
    /// How often it is told how far the reading is, when there is nothing to print.
    private static let frameRecords: UInt64 = 1_024

    /// To be printed: whole lines, whenever `passed` or `flushIfFull` is called.
    var bytes: [UInt8] = []
    /// What is printed is what should not be.
    var hasFindings = false
    private var first = SequenceNumber.zero
    private var place = SequenceNumber.zero
    /// Where the reading was when it was last told.
    private var reported = SequenceNumber.zero
    private var last = SequenceNumber.zero

    /// Hears what is to be read: the records behind `first`, up to `last`.
    mutating func expect(behind first: SequenceNumber, upTo last: SequenceNumber) {
        self.first = first
        place = first
        reported = first
        self.last = last
    }

    /// Hears how far the reading is; now and then prints that, with all there is to print.
    mutating func passed(_ sequence: SequenceNumber) {
        place = sequence
        let passed = place.rawValue &- reported.rawValue
        if passed >= ReadingOutput.frameRecords { flush() } else { flushIfFull() }
    }

    mutating func flushIfFull() {
        if bytes.count >= ReadingOutput.frameBytes { flush() }
    }

    /// Prints what there is, at once: what comes next may be the end of the process.
    mutating func flush() {
        StandardOutput.write(Array("\(first) \(place) \(last) \(bytes.count)\n".utf8) + bytes)
        bytes.removeAll(keepingCapacity: true)
        reported = place
    }
}

extension LogError {
    /// Nobody takes the output, as `errno` says.
    fileprivate static var cannotPrint: LogError {
        .broken("standard output cannot be written: \(String(cString: strerror(errno)))")
    }

    /// The process that read has ended without a word, somewhere behind record `place`.
    static func end(_ end: ReadingProcess.End, behind place: UInt64) -> LogError {
        guard case .signalled(let signal) = end,
            [SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP].contains(signal)
        else { return .broken("the reading process ended before its time: \(end)") }
        let stored = place == 0 ? "the file" : "what is stored behind record \(place)"
        let name = String(cString: strsignal(signal))
        return .damaged(at: nil, detail: "\(stored) ended the process that read it (\(name))")
    }
}

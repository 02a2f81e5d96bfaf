// The two halves of a verification: the process that reads, and the one that survives it. Between
// them go lines: `<good> <digest> <head>` after every page, and one document in the end.

import EventLog
import FoundationEssentials
import Glibc

enum VerifyReading {
    /// Why there is no report.
    struct Refusal: Error, Codable {
        let code: Int32
        let reason: String

        init(_ error: LogError) {
            code = ReplayExit(error).rawValue
            reason = error.description
        }
    }

    private enum Outcome: Codable {
        case report(VerifyReport)
        case refused(Refusal)
    }

    /// What the reading process does.
    static func run(_ directory: String, _ noted: [UInt8]?) throws {
        let outcome: Outcome
        do {
            outcome = .report(
                try Verification.report(on: directory, noted: noted) { good, head in
                    write("\(good.last) \(good.digest.hexadecimal) \(head.last)")
                })
        } catch {
            outcome = .refused(Refusal(error))
        }
        write(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }

    /// Lets another process read, and makes its death part of the report.
    static func report(
        on directory: String, _ noted: [UInt8]?
    ) throws(Refusal) -> VerifyReport {
        var arguments = ["verify", "--is-reading", "--data-dir=\(directory)"]
        if let noted { arguments.append("--head=\(noted.hexadecimal)") }
        var reading: ReadingProcess
        do { reading = try ReadingProcess(arguments: arguments) } catch { throw Refusal(error) }
        var progress = ProgressLine()
        var outcome: Outcome?
        var good: VerifyReport.Trust?
        while let line = reading.line() {
            if let place = Place(line) {
                good = place.good
                progress.show(place.good.last, of: place.head)
            } else {
                outcome = try? JSONDecoder().decode(Outcome.self, from: Data(line.utf8))
            }
        }
        progress.clear()
        let end = reading.end()
        switch outcome {
        case .report(let report): return report
        case .refused(let refusal): throw refusal
        case nil: return try report(onDeath: end, good)
        }
    }

    private static func report(
        onDeath end: ReadingProcess.End, _ good: VerifyReport.Trust?
    ) throws(Refusal) -> VerifyReport {
        guard case .signalled(let signal) = end,
            [SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP].contains(signal)
        else { throw Refusal(.broken("the reading process ended before its time: \(end)")) }
        var report = VerifyReport()
        report.trustworthy = good
        let place = good.map { "what is stored behind record \($0.last)" } ?? "the file"
        let name = String(cString: strsignal(signal))
        report.damage = VerifyReport.Damage(
            detail: "\(place) ended the process that read it (\(name))")
        return report
    }

    /// How far the reading is.
    private struct Place {
        let good: VerifyReport.Trust
        let head: UInt64

        init?(_ line: String) {
            let parts = line.split(separator: " ")
            guard parts.count == 3, let last = UInt64(parts[0]), let head = UInt64(parts[2])
            else { return nil }
            good = VerifyReport.Trust(last: last, digest: String(parts[1]))
            self.head = head
        }
    }

    /// One line, at once: what comes next may be the end of the process.
    private static func write(_ line: String) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

// The two processes of a verification: the child that reads, and the parent that survives its death. The child
// prints a line `<good> <digest> <head>` after every page, and one document at the end.

import EventLog
import FoundationEssentials

enum VerifyReading {
    private enum Outcome: Codable {
        case report(VerifyReport)
        case refused(ReadingRefusal)
    }

    /// Runs in the child process.
    static func run(_ directory: String, _ noted: NotedHead?) throws {
        let outcome: Outcome
        do {
            outcome = .report(
                try Verification.report(on: directory, noted: noted) { good, head in
                    write("\(good.last) \(good.digest.hexadecimal) \(head.last)")
                })
        } catch {
            outcome = .refused(ReadingRefusal(error))
        }
        write(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }

    /// Starts a child process that reads; its death becomes damage in the report.
    static func report(
        on directory: String, _ noted: NotedHead?
    ) throws(ReadingRefusal) -> VerifyReport {
        var arguments = ["verify", "--is-reading", "--data-dir=\(directory)"]
        if let noted { arguments.append("--head=\(noted)") }
        var reading: ReadingProcess
        do {
            reading = try ReadingProcess(arguments: arguments)
        } catch {
            throw ReadingRefusal(error)
        }
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
    ) throws(ReadingRefusal) -> VerifyReport {
        let error = LogError.end(end, behind: good?.last ?? 0)
        guard case .damaged(_, let detail) = error else { throw ReadingRefusal(error) }
        var report = VerifyReport()
        report.trustworthy = good
        report.damage = VerifyReport.Damage(detail: detail)
        return report
    }

    /// The progress of the reading.
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

    /// Prints one line at once, because the process may die on the next read.
    private static func write(_ line: String) {
        StandardOutput.write(Array((line + "\n").utf8))
    }
}

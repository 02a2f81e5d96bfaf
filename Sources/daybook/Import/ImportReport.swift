// What became of the jobs of an export, for people and for programs.

import DaprExport
import EventLog
import EventText
import Jobs

struct ImportReport {
    private let jobs: ExportedJobs
    private let file: String
    private let digest: [UInt8]
    /// `nil` if nothing was written.
    private let log: ReadBack?

    /// `digest` is the SHA-256 of the file.
    init(_ jobs: ExportedJobs, file: String, digest: [UInt8], log: ReadBack?) {
        self.jobs = jobs
        self.file = file
        self.digest = digest
        self.log = log
    }

    func print(_ format: JobsOutputOptions.Format) throws(Failure) {
        var bytes: [UInt8] = []
        switch format {
        case .table: bytes += table.utf8
        case .jsonl:
            for cells in rows + [[Cell("result", .text("summary"))] + summary] {
                JSONLine.append(cells, to: &bytes)
                bytes.append(UInt8(ascii: "\n"))
            }
        case .json:
            bytes += "{\"summary\":".utf8
            JSONLine.append(summary, to: &bytes)
            append("groups", groups.map(cells), to: &bytes)
            append("jobs", rows, to: &bytes)
            bytes += "\n}\n".utf8
        }
        var output = JobsOutput()
        output.append(String(decoding: bytes, as: UTF8.self))
        try output.flush()
    }

    private func append(_ name: String, _ objects: [[Cell]], to bytes: inout [UInt8]) {
        bytes += ",\n\"\(name)\":[".utf8
        for (index, cells) in objects.enumerated() {
            bytes += (index == 0 ? "\n" : ",\n").utf8
            JSONLine.append(cells, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private var summary: [Cell] {
        var cells = [
            Cell("file", .text(file)), Cell("fileSHA256", .digits(digest)),
            Cell("isWritten", .flag(log != nil)), Cell("jobs", .count(count(isOfApp: true))),
            Cell("reminders", .count(count(isOfApp: false))),
            Cell("finished", .count(UInt64(jobs.finished.count))),
            Cell("refused", .count(UInt64(jobs.refused.count))),
            Cell("strayCounters", .count(UInt64(jobs.strayCounters))),
        ]
        if let log {
            cells += [
                Cell("log", .digits(log.identity.bytes)),
                Cell("head", .count(log.head.last.rawValue)),
                Cell("digest", .digits(log.head.digest)),
            ]
        }
        return cells
    }

    private func count(isOfApp: Bool) -> UInt64 {
        UInt64(jobs.moved.count(where: { $0.definition.id.isOfApp == isOfApp }))
    }

    // MARK: By namespace and app

    private typealias Group = (route: RouteKey, count: Int)

    /// Numbers of jobs by app, and of reminders by actor type, in order.
    private var groups: [Group] {
        var groups: [Group] = []
        // Jobs of one route are neighbours.
        for job in jobs.moved {
            let route = job.definition.id.route
            if groups.last?.route == route {
                groups[groups.count - 1].count += 1
            } else {
                groups.append((route, 1))
            }
        }
        return groups
    }

    private func cells(_ group: Group) -> [Cell] {
        [
            Cell("namespace", .text(group.route.namespace)),
            Cell(group.route.isApp ? "app" : "actorType", .text(group.route.receiverName)),
            Cell("count", .count(UInt64(group.count))),
        ]
    }

    // MARK: Job by job

    private var rows: [[Cell]] {
        jobs.moved.map(cells)
            + jobs.finished.map { [Cell("result", .text("finished"))] + $0.cells }
            + jobs.refused.map {
                [
                    Cell("result", .text("refused")), Cell("key", .text($0.key)),
                    Cell("reason", .text($0.reason)),
                ]
            }
    }

    private func cells(_ job: ExportedJobs.Moved) -> [Cell] {
        let definition = job.definition
        let generation = log?.generations[definition.id]
        let cells = [
            Cell("generation", generation.map { .count($0.rawValue) }),
            Cell("repeats", definition.repeats.map { .count(UInt64($0)) }),
            Cell("expiry", definition.expiry.map(FieldValue.instant)),
            Cell("ticksElsewhere", definition.ticksElsewhere.map { .count(UInt64($0.count)) }),
            Cell("lastDueElsewhere", definition.ticksElsewhere.map { .instant($0.lastDue) }),
            Cell("nextTick", .count(definition.firstTick)),
            Cell("nextDue", job.due.ifEver.map(FieldValue.instant)),
            Cell("why", .text(why(job))),
        ]
        return [Cell("result", .text(log == nil ? "movable" : "moved"))]
            + definition.id.cells + cells.compactMap(\.self)
    }

    /// Why the next tick is due then, and what else the reader should know.
    private func why(_ job: ExportedJobs.Moved) -> String {
        let definition = job.definition
        var parts: [String] = []
        if let ticks = definition.ticksElsewhere {
            parts.append(
                "by its schedule after tick \(ticks.count), due"
                    + " \(InstantText.utc(ticks.lastDue))")
        } else if definition.dueTime != nil {
            parts.append("its first tick is at its due time")
        } else {
            parts.append(
                "by its schedule after \(InstantText.utc(definition.anchor)), when it was"
                    + " accepted; no tick has run")
        }
        if job.failedAttempts > 0 {
            parts.append(
                "\(job.failedAttempts) attempts of this tick have failed; it begins again")
        }
        if job.hasForeignCounter {
            parts.append("the counter beside it is of an earlier job of its name")
        }
        return parts.joined(separator: "; ")
    }

    // MARK: For people

    private var table: String {
        var lines = [
            ("file", "\(file), SHA-256 \(hexadecimal(digest))"),
            (
                log == nil ? "could move" : "moved in",
                "\(count(isOfApp: true)) jobs, \(count(isOfApp: false)) reminders"
            ),
        ]
        for (route, count) in groups {
            let receiver = (route.isApp ? "app " : "actors of type ") + route.receiverName
            lines.append(("", "\(count) of \(receiver) in namespace \(route.namespace)"))
        }
        if let first = jobs.moved.min(by: { $0.due < $1.due }) {
            lines.append(("due first", "\(InstantText.utcOrNever(first.due)): \(why(first))"))
        }
        if !jobs.finished.isEmpty {
            lines.append(("left out", "\(jobs.finished.count) of which no tick is left"))
        }
        if jobs.strayCounters > 0 {
            lines.append(("left out", jobs.strayCounters.counted("counter") + " without a job"))
        }
        for job in jobs.refused { lines.append(("refused", "\(job.key): \(job.reason)")) }
        if let log {
            lines.append(
                (
                    "read again",
                    "the log holds exactly these; head \(log.head.last), digest"
                        + " \(hexadecimal(log.head.digest))"
                ))
        }
        return lines.map { name, text in
            name + String(repeating: " ", count: 12 - name.count) + TextTable.cell(text) + "\n"
        }.joined()
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        FieldValue.digits(bytes).append(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }
}

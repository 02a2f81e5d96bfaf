import ArgumentParser
import EventLog
import Glibc
import Jobs
import ZoneInfo

struct JobsNext: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Print when a schedule is due, without scheduling anything.",
        discussion: """
            A schedule is what the jobs API takes: six fields (second, minute, hour, day of month, \
            month, day of week), a name such as @daily, or @every with a duration. Six fields or a \
            name may have a time zone in front; without one they are UTC. Quote it, or the shell \
            expands the stars:

              daybook jobs next '0 30 6 * * MON-FRI'
              daybook jobs next 'TZ=Europe/Berlin 0 30 2 * * *' --from 2027-03-26T00:00:00Z
              daybook jobs next '@every 1h30m' -n 3

            All printed times are strictly after --from. A local time that a zone skips when its \
            clocks go forward never occurs; one that it repeats when they go back occurs twice. \
            @every counts from --from, as a job counts from its dueTime or from when it was \
            scheduled; "@every 0s" is always due at that same instant, which is printed once.

            A terminal gets a table; a file or a program gets one JSON object with the members \
            schedule, from, zone and next, a list of times in UTC.

            --batch checks a list of schedules on standard input, one per line, optionally \
            followed by a tab and its own --from:

              printf '@daily\\t2027-01-01T00:00:00Z\\n' | daybook jobs next --batch

            Each line is answered with one line: the times in UTC separated by spaces, nothing if \
            it is never due, or "error: " and why the schedule would be refused.

            Time zone rules come from the directory in TZDIR, or else from the system (package \
            tzdata). A server keeps the rules it has used in its log, so they may be older.

            Exit codes: 0 printed, with --batch whatever the lines are; 1 the schedule never comes \
            due within five years; 2 refused, or wrong usage; 3 no time zones are installed; 6 I/O \
            error.
            """)

    private static let countMax = 100_000

    @Argument(help: "The schedule, in quotes. Not with --batch.")
    var schedule: String?

    @Option(
        name: [.customShort("n"), .customLong("count")],
        help: ArgumentHelp("How many occurrences, 1 to 100000.", valueName: "count"))
    var count = 10

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            From when on, as a job's dueTime: 2026-03-27T00:00:00Z, or from now, 36h, -90m, P1W. \
            (default: now)
            """, valueName: "time"))
    var from: String?

    @Flag(help: "Answer the lines of standard input.")
    var batch = false

    mutating func validate() throws {
        guard (1...JobsNext.countMax).contains(count) else {
            throw ValidationError("-n must be 1 to \(JobsNext.countMax), not \(count)")
        }
        if batch && schedule != nil {
            throw ValidationError(
                "--batch reads the schedules from standard input; leave SCHEDULE out")
        }
        if !batch && schedule == nil {
            throw ValidationError(
                "name a schedule, such as '0 30 6 * * *'; --batch reads many from standard input")
        }
    }

    mutating func run() throws {
        // If the reader of the output stops, such as `head`, this process ends silently.
        signal(SIGPIPE, SIG_DFL)
        var forecast = Forecast(
            count: count, now: SystemClock.now(), zones: ZoneDirectory.ofSystem())
        do throws(Refusal) {
            try forecast.start(at: from)
        } catch {
            throw Failure(error)
        }
        if let schedule {
            try printOne(schedule, &forecast)
        } else {
            try forecast.answerLines()
        }
    }

    private func printOne(_ text: String, _ forecast: inout Forecast) throws(Failure) {
        let answer: Forecast.Answer
        do {
            answer = try forecast.answer(text)
        } catch {
            throw Failure(error)
        }
        guard !answer.next.isEmpty else {
            throw Failure(
                code: Failure.neverDue, reason: "the schedule never comes due within five years")
        }
        var output = StandardOutput()
        if isatty(STDOUT_FILENO) == 1 {
            output.append(answer.table)
        } else {
            output.append(answer.json(of: text))
        }
        try output.flush()
        switch answer.end {
        case .none: break
        case .repeatsItself:
            StandardError.write("daybook: it is always due at the same instant; printed once\n")
        case .nothingMore:
            StandardError.write(
                "daybook: nothing more within five years of the last, or up to 2262-04-11,"
                    + " the last day there is\n")
        }
    }
}

extension Failure {
    fileprivate static let neverDue: Int32 = 1

    fileprivate init(_ refusal: Refusal) {
        switch refusal {
        case .invalid: self.init(code: Failure.usage, reason: refusal.description)
        case .noZones: self.init(code: Failure.cannotOpen, reason: refusal.description)
        }
    }
}

extension Forecast {
    /// Answers standard input line by line. Ends at once if a time zone is needed and none are
    /// installed: that is not an error of the line.
    fileprivate mutating func answerLines() throws(Failure) {
        // No schedule with a time is longer.
        var input = StandardInput(lineBytesMax: 4_096)
        var output = StandardOutput()
        while let line = try input.line() {
            do throws(Refusal) {
                let next = try answer(line).next
                for (index, instant) in next.enumerated() {
                    if index > 0 { output.append(" ") }
                    output.append(instant)
                }
            } catch {
                switch error {
                case .invalid: output.append("error: \(error)")
                case .noZones:
                    try output.flush()
                    throw Failure(error)
                }
            }
            output.append("\n")
            try output.flushIfFull()
        }
        try output.flush()
    }

    /// `line` is a schedule, or a schedule, a tab and a time.
    private mutating func answer(_ line: StandardInput.Line) throws(Refusal) -> Answer {
        let text: String
        switch line {
        case .text(let line): text = line
        case .refused(let reason): throw .invalid(InvalidField("line", reason))
        }
        guard let tab = text.utf8.firstIndex(of: UInt8(ascii: "\t")) else {
            return try answer(text)
        }
        let from = String(text[text.utf8.index(after: tab)...])
        return try answer(String(text[..<tab]), from: from)
    }
}

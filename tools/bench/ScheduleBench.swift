// What schedules cost: the next occurrence, the reading of a text, the reading of a zone's rules. The
// control of the same run is glibc's localtime_r for New York, which whoever knows about time zones
// calls at least once for every second, minute or day that may be the next occurrence.

import ArgumentParser
import EventLog
import Glibc
import Jobs
import ZoneInfo

struct ScheduleBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "Nanoseconds an occurrence, a parse, a zone.")

    @Option(help: "How often each is measured.") var rounds = 21

    private static let zone = "America/New_York"

    func validate() throws {
        if rounds < 1 { throw ValidationError("at least one round is needed") }
    }

    func run() throws {
        let rules = try ZoneDirectory.ofSystem().rules(of: Self.zone)
        let zones = [Self.zone: try rules.table()]
        // All ratios hang on it, so that it is measured longer than the others.
        let control = Pace(rounds: 10 * rounds, Self.localTimes)
        print("median ns  fastest  fastest / localtime_r")
        control.show("control: localtime_r in \(Self.zone)", control)
        print("the next occurrence")
        for walk in Walk.all {
            let schedule = try Schedule.parse(walk.text)
            Pace(rounds: rounds) { walk.run(schedule, in: zones, count: $0) }
                .show("\(walk.name): \(walk.text)", control)
        }
        print("reading a text")
        for (name, text) in Self.texts {
            _ = try Schedule.parse(text)
            Pace(rounds: rounds) { count in
                for _ in 0..<count { keep(try? Schedule.parse(text)) }
            }.show("\(name): \(text)", control)
        }
        print("reading a zone")
        Pace(rounds: rounds) { count in
            for _ in 0..<count { keep(try? ZoneTable(tzif: rules.tzif)) }
        }.show("\(rules.tzif.count) bytes of TZif: \(Self.zone)", control)
    }

    /// The local time of `count` instants, each a day after the one before, for a year again and
    /// again.
    private static func localTimes(_ count: Int) {
        setenv("TZ", zone, 1)
        tzset()
        let start = Int(Walk.start.rawValue / Timestamp.nanosecondsPerSecond)
        var parts = tm()
        for step in 0..<count {
            var second = start + step % 365 * 86_400
            keep(localtime_r(&second, &parts))
        }
    }

    private static let texts = [
        ("interval", "@every 1h30m"),
        ("simple", "0 30 4 * * *"),
        ("zoned", "CRON_TZ=America/New_York 0 30 4 * * *"),
        (
            "lists and names",
            "0,10,20,30,40,50 */7,3-9 8-18/2,22 1-7,15,28-31 jan,mar-may,jul,sep-nov mon-fri,sun"
        ),
    ]
}

/// A way through the occurrences of a schedule: each is where the search for the next begins.
private struct Walk {
    static let start = Timestamp(seconds: 1_798_761_600)

    let name: String
    let text: String
    /// After so many it begins anew; or where there is no next one.
    let stepsMax: Int

    init(_ name: String, _ text: String, stepsMax: Int = 1_000) {
        (self.name, self.text, self.stepsMax) = (name, text, stepsMax)
    }

    static let all = [
        Walk("interval", "@every 1h"),
        Walk("dense", "*/5 * * * * *"),
        Walk("daily", "0 30 4 * * *"),
        Walk("yearly", "0 0 0 1 1 *"),
        Walk("rare, always from 2027", "0 0 0 29 2 *", stepsMax: 1),
        Walk("never", "0 0 0 30 2 *"),
        Walk("either day field", "0 0 0 13 * fri"),
        Walk("dense, zoned", "CRON_TZ=America/New_York */5 * * * * *"),
        Walk("daily, zoned, for a year", "CRON_TZ=America/New_York 0 30 4 * * *", stepsMax: 365),
        Walk("yearly, zoned", "CRON_TZ=America/New_York 0 0 0 1 1 *"),
        Walk("never, zoned", "CRON_TZ=America/New_York 0 0 0 30 2 *"),
    ]

    func run(_ schedule: Schedule, in zones: ZoneTables, count: Int) {
        var (at, steps) = (Walk.start, 0)
        for _ in 0..<count {
            let next = schedule.next(after: at, in: zones)
            steps += 1
            if let next, steps < stepsMax {
                at = next
            } else {
                keep(next)
                (at, steps) = (Walk.start, 0)
            }
        }
        keep(at)
    }
}

/// Nanoseconds an operation takes.
private struct Pace {
    let median: Double
    let fastest: Double

    /// `run` does as many operations as it is told: so many that a round takes some milliseconds.
    init(rounds: Int, _ run: (Int) -> Void) {
        let clock = ContinuousClock()
        var count = 1
        while clock.measure({ run(count) }) < .milliseconds(5) { count *= 2 }
        let paces = (0..<rounds).map { _ in
            clock.measure { run(count) } / .nanoseconds(1) / Double(count)
        }.sorted()
        (median, fastest) = (paces[paces.count / 2], paces[0])
    }

    func show(_ name: String, _ control: Pace) {
        let columns = [
            (fixed(median, places: 1), 9), (fixed(fastest, places: 1), 9),
            (fixed(fastest / control.fastest, places: 2), 9),
        ]
        let line = columns.map { text, width in
            String(repeating: " ", count: max(0, width - text.utf8.count)) + text
        }
        print(line.joined(), "", name)
    }
}

/// Takes a result, so that the compiler cannot leave out what made it.
@inline(never) @_optimize(none) func keep<Result>(_ result: Result) {}

/// `value`, not negative, in decimal.
func fixed(_ value: Double, places: Int) -> String {
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((value * Double(scale)).rounded())
    if places == 0 { return "\(scaled)" }
    let fraction = "\(scaled % scale)"
    let zeros = String(repeating: "0", count: places - fraction.utf8.count)
    return "\(scaled / scale).\(zeros)\(fraction)"
}

// Hostile schedules and time strings, each call measured: none may take longer than a millisecond,
// whatever the text, the instant and the zone's rules. A call is slow if it is so every time.

import ArgumentParser
import EventLog
import Jobs
import Simulation
import ZoneInfo

struct FuzzBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz", abstract: "Reads random schedules and times; fails on a slow one.")

    @Option(help: "Texts; one in four is a time string.") var count = 1_000_000
    @Option(help: "Repeats a run.") var seed = UInt64.random(in: 0 ... .max)

    func validate() throws {
        if count < 1 { throw ValidationError("at least one text is needed") }
    }

    func run() throws {
        print("\(count) texts from --seed \(seed)")
        var texts = FuzzTexts(random: SeededRandom(seed: seed))
        var watch = Stopwatch()
        let zones = try Self.zones()
        for index in 0..<count {
            if index % 4 == 3 {
                Self.readTime(from: &texts, &watch)
            } else {
                Self.readSchedule(from: &texts, in: zones, &watch)
            }
        }
        watch.show()
        if !watch.tooSlow.isEmpty { throw ExitCode.failure }
    }

    private static func readSchedule(
        from texts: inout FuzzTexts, in zones: ZoneTables, _ watch: inout Stopwatch
    ) {
        let text = texts.schedule()
        guard
            let schedule = watch.time(.parseSchedule, text, { try? Schedule.parse(text) })
        else { return }
        for _ in 0..<3 {
            let start = texts.instant(in: schedule.zone.flatMap { zones[$0] })
            let next = watch.time(.next, "\(text) after \(start.rawValue)") {
                schedule.next(after: start, in: zones)
            }
            precondition(next.map { $0 >= start } ?? true, "\(text) after \(start): \(next as Any)")
        }
    }

    private static func readTime(from texts: inout FuzzTexts, _ watch: inout Stopwatch) {
        let text = texts.time()
        let point = watch.time(.parseTime, text) { try? PointInTime.parse(text, field: "ttl") }
        guard let point else { return }
        let start = texts.instant(in: nil)
        _ = watch.time(.resolve, "\(text) from \(start.rawValue)") {
            try? point.resolve(from: start, field: "ttl")
        }
    }

    /// Real ones, and those that a file can spell but nobody keeps time by.
    private static func zones() throws -> ZoneTables {
        let directory = ZoneDirectory.ofSystem()
        var zones: ZoneTables = [:]
        for zone in FuzzTexts.zones { zones[zone] = try directory.rules(of: zone).table() }
        for (zone, file) in FuzzTexts.absurdZones { zones[zone] = try ZoneTable(tzif: file) }
        return zones
    }
}

/// Measures calls; keeps the slowest of each kind, and all that are too slow.
private struct Stopwatch {
    enum Call: CaseIterable {
        case parseSchedule, next, parseTime, resolve

        var name: String {
            switch self {
            case .parseSchedule: "reading a schedule"
            case .next: "next occurrence"
            case .parseTime: "reading a time"
            case .resolve: "resolving a time"
            }
        }
    }

    private struct Count {
        var calls = 0
        /// Refused, or with no occurrence.
        var withoutResult = 0
        var slowest = Duration.zero
        var text = ""
    }

    private static let limit = Duration.milliseconds(1)
    private static let repetitions = 5
    private static let shownMax = 20

    private let clock = ContinuousClock()
    private var counts = Call.allCases.map { _ in Count() }
    private(set) var tooSlow: [String] = []

    mutating func time<Result>(
        _ call: Call, _ text: @autoclosure () -> String, _ run: () -> Result?
    ) -> Result? {
        let start = clock.now
        let result = run()
        var duration = clock.now - start
        let index = Call.allCases.firstIndex(of: call) ?? 0
        counts[index].calls += 1
        if result == nil { counts[index].withoutResult += 1 }
        guard duration > min(counts[index].slowest, Self.limit) else { return result }
        // The machine may have done something else meanwhile: what counts is the fastest.
        for _ in 0..<Self.repetitions {
            duration = min(duration, clock.measure { keep(run()) })
        }
        if duration > counts[index].slowest {
            counts[index].slowest = duration
            counts[index].text = text()
        }
        if duration > Self.limit { tooSlow.append("\(call.name): \(text())") }
        return result
    }

    func show() {
        for (call, count) in zip(Call.allCases, counts) {
            let microseconds = fixed(count.slowest / .microseconds(1), places: 1)
            print(
                """
                \(call.name): \(count.calls) calls, \(count.withoutResult) without a result; \
                slowest \(microseconds) us: \(Self.shown(count.text))
                """)
        }
        print("calls above 1 ms: \(tooSlow.count)")
        for text in tooSlow.prefix(Self.shownMax) { print("  \(text.debugDescription)") }
    }

    /// On one line, in quotes; a long one without its middle.
    private static func shown(_ text: String) -> String {
        guard text.count > 100 else { return text.debugDescription }
        return "\(text.prefix(60))".debugDescription + " … "
            + "\(text.suffix(40))".debugDescription
    }
}

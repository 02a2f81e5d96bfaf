import ArgumentParser
import Audit
import EventLog
import FoundationEssentials
import Jobs

struct TimelineCommand: ReadingVerb {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Draws what happened to a job, as an SVG picture.",
        discussion: """
            Shows which definition held the name, every tick that was due, every delivery and its \
            answer, and shades when no scheduler was running and when the app was not there. Any \
            browser shows the picture, with details of what the pointer is on.

              daybook-replay timeline report --svg report.svg --data-dir daybook-data --app shop

            The first \(Timeline.ticksMax) ticks are drawn; if there are more, it says so, and a \
            part can be chosen:

              daybook-replay timeline report --svg monday.svg --data-dir daybook-data --app shop \
            --from 2026-11-23T00:00:00Z --to 2026-11-24T00:00:00Z

            \(RangeOptions.discussion)

            Ends with 0 when the picture is there, 1 if the log knows no such job then, 2 wrong \
            usage, 3 the log cannot be opened, 4 it is damaged, 6 the disk failed, 7 the log was \
            written by a newer Daybook.
            """)

    @OptionGroup var name: JobArgument
    @OptionGroup var log: LogOptions
    @OptionGroup var range: RangeOptions

    @Option(
        help: ArgumentHelp(
            "The picture to write; one that is there is replaced.", valueName: "file"),
        completion: .file(extensions: ["svg"]))
    var svg: String

    func read(into output: inout ReadingOutput) throws {
        let id = try name.id()
        let reading = try LogReading(of: log.dataDir)
        let range = try reading.range(range)
        var timeline = Timeline(of: id, from: self.range.from == nil ? nil : range?.lowerBound)
        if let range {
            try reading.records(upTo: range.upperBound, &output) { record, _ in
                timeline.add(record)
            }
        }
        guard !timeline.isEmpty else {
            throw ReadingRefusal(findings: "the log knows no job \(id.shown) there")
        }
        do {
            try Data(timeline.drawing().utf8).write(
                to: URL(filePath: svg), options: .atomic)
        } catch {
            throw LogError.broken("\(svg) cannot be written: \(error)")
        }
        output.bytes += Array("\(said(timeline))\n".utf8)
    }

    private func said(_ timeline: Timeline) -> String {
        let (drawn, all) = (timeline.drawnCount, timeline.tickCount)
        if drawn == all { return "\(svg.escaped): \(all == 1 ? "1 tick" : "\(all) ticks")" }
        return "\(svg.escaped): the first \(drawn) of \(all) ticks; --from and --to choose others"
    }
}

import ArgumentParser
import Audit
import EventLog
import EventText
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

    @Option(name: .shortAndLong, help: "How to print what was drawn.")
    var output = OutputFormat.table

    func read(into output: inout ReadingOutput) throws {
        let reading = try LogReading(of: log.dataDir)
        let id = try name.id(in: reading)
        let range = try reading.range(range)
        var timeline = Timeline(of: id, from: self.range.from == nil ? nil : range?.lowerBound)
        if let range {
            try reading.records(upTo: range.upperBound, &output) { record, _ in
                timeline.add(record)
            }
        }
        guard !timeline.isEmpty else {
            throw name.unknown(id, in: reading, "the log knows no job \(id.shown) there")
        }
        do {
            try Data(timeline.drawing().utf8).write(
                to: URL(filePath: svg), options: .atomic)
        } catch {
            throw LogError.broken("\(svg) cannot be written: \(error)")
        }
        let said =
            switch self.output {
            case .table: said(timeline)
            case .json:
                try Printing.json(
                    TimelineDocument(
                        svg: svg, ticks: timeline.tickCount, ticksDrawn: timeline.drawnCount))
            }
        output.bytes += Array("\(said)\n".utf8)
    }

    private func said(_ timeline: Timeline) -> String {
        let (drawn, all) = (timeline.drawnCount, timeline.tickCount)
        if drawn == all { return "\(svg.escaped): \(all.counted("tick"))" }
        return "\(svg.escaped): the first \(drawn) of \(all) ticks; --from and --to choose others"
    }
}

/// What was drawn, for programs.
private struct TimelineDocument: Encodable {
    let svg: String
    let ticks, ticksDrawn: Int
}

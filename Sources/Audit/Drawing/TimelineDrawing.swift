// Draws a timeline: a head with the legend, then the rows.

import EventLog
import EventText
import Jobs

extension Timeline {
    private static let legendColumns = 6
    /// Down to the end of the legend, which says what a mark means, and then one thing more.
    private static let headHeight =
        85 + 19 * Double(TimelineMark.allCases.count / legendColumns + 1)
    private static let width = 1_200.0

    /// The picture as a self-contained SVG document.
    package func drawing() -> String {
        let end = self.end?.time ?? Timestamp(seconds: 0)
        let axis = TimelineAxis(
            from: begin?.time ?? end, to: end, ticks: drawnCount + behind.count)
        let height = Self.headHeight + Double(axis.rows.count) * TimelineRow.height
        var svg = SVGText()
        let size = "\(Int(Self.width)) \(Int(height))"
        svg.open(
            "svg",
            "xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Int(Self.width))\""
                + " height=\"\(Int(height))\" viewBox=\"0 0 \(size)\"")
        svg.title("Timeline of \(id.name)")
        svg.raw(TimelineMark.styles)
        svg.rectangle("paper", 0, 0, Self.width, height)
        drawHead(until: end, in: &svg)
        for (number, row) in axis.rows.enumerated() {
            let top = Self.headHeight + Double(number) * TimelineRow.height
            TimelineRow(number: number, row: row, top: top, end: end).draw(self, axis, in: &svg)
        }
        svg.close("svg")
        return svg.text
    }

    private func drawHead(until end: Timestamp, in svg: inout SVGText) {
        let owner =
            switch id.target {
            case .app(let app): "app \(app)"
            case .actor(let type, let id): "actor \(type) \(id)"
            }
        svg.words(SafeText.escaped(id.name, limit: 100), 16, 28, "head")
        var about = [
            SafeText.escaped("\(owner), namespace \(id.namespace)", limit: 80),
            "\(InstantText.utc(begin?.time ?? end)) to \(InstantText.utc(end)), all times in UTC",
            drawnCount.counted("tick"),
        ]
        if let next { about.append("next due \(InstantText.utc(next))") }
        svg.words(about.joined(separator: " · "), 16, 48)
        var notes: [String] = []
        if tickCount > drawnCount {
            notes.append("Only the first \(drawnCount) of \(tickCount) ticks are drawn.")
        }
        if skippedCount > 0 { notes.append("\(skippedCount.counted("tick")) skipped by policy.") }
        svg.words(notes.joined(separator: " "), 16, 68, "note")
        drawLegend(in: &svg)
    }

    private func drawLegend(in svg: inout SVGText) {
        svg.open("g", "class=\"legend\"")
        let columns = Self.legendColumns
        let cases = TimelineMark.allCases
        for (number, mark) in cases.enumerated() {
            let x = 26.0 + Double(number % columns) * 194
            let y = 90.0 + Double(number / columns) * 19
            mark.draw(x, y, in: &svg)
            svg.words(mark.words, x + 14, y + 4)
        }
        let place = cases.count % columns
        let x = 26.0 + Double(place) * 194
        svg.words("2nd, ×3", x - 10, 94 + Double(cases.count / columns) * 19, "small")
        svg.words("delivery; so many", x + 38, 94 + Double(cases.count / columns) * 19)
        svg.close("g")
    }
}

// A row of the picture. From top to bottom it shows the definition that held the name, the ticks that were
// due, the deliveries with their answers, and the time axis. What continues in the next row is cut off at
// the edge and drawn again there.

import EventLog
import Jobs

struct TimelineRow {
    static let height = 136.0
    /// Deliveries nearer than this, in pixels, are counted instead of numbered.
    private static let nearness = 5.0

    let number: Int
    let row: TimelineAxis.Row
    let top: Double
    /// The end of the picture: what is not over is drawn until then.
    let end: Timestamp

    private var holderY: Double { top + 12 }
    private var dueY: Double { top + 36 }
    private var sentY: Double { top + 78 }
    private var clockY: Double { top + 104 }

    func draw(_ timeline: Timeline, _ axis: TimelineAxis, in svg: inout SVGText) {
        let (left, right) = (TimelineAxis.left, TimelineAxis.right)
        svg.words("definition", 16, holderY + 4, "small")
        svg.words("due", 16, dueY + 4, "small")
        svg.words("sent,", 16, sentY - 2, "small")
        svg.words("answered", 16, sentY + 10, "small")
        svg.words(String(InstantText.utc(row.from).prefix(10)), 16, clockY + 14, "small")
        svg.open("clipPath", "id=\"row\(number)\"")
        svg.rectangle("paper", left, top, right - left, clockY - top)
        svg.close("clipPath")
        svg.rectangle("row", left, top, right - left, clockY - top)
        svg.open("g", "clip-path=\"url(#row\(number))\"")
        drawOutages(timeline, in: &svg)
        let labels = axis.labels(of: row)
        for label in labels {
            svg.line("grid", row.x(label.at), dueY - 12, row.x(label.at), clockY)
        }
        let spans = timeline.spans
        for span in spans { draw(span, in: &svg) }
        for span in spans { drawEnding(of: span, in: &svg) }
        for due in timeline.behind where row.meets(due, due) {
            TimelineMark.behind.draw(row.x(due), dueY, in: &svg)
        }
        let ticks = timeline.ticks.filter { row.meets($0.due, $0.lastSeen(until: end)) }
        for tick in ticks { draw(tick, in: &svg) }
        for lateAnswer in timeline.lateAnswers where row.meets(lateAnswer.time, lateAnswer.time) {
            TimelineMark.late.draw(row.x(lateAnswer.time), sentY, in: &svg)
        }
        drawCounts(of: ticks, in: &svg)
        svg.close("g")
        for label in labels { draw(label, in: &svg) }
    }

    private func draw(_ label: (at: Timestamp, text: String), in svg: inout SVGText) {
        let x = row.x(label.at)
        let anchor =
            x < TimelineAxis.left + 34
            ? "start" : x > TimelineAxis.right - 34 ? "end" : "middle"
        svg.words(label.text, x, clockY + 14, "clock", anchor: anchor)
    }

    private func drawOutages(_ timeline: Timeline, in svg: inout SVGText) {
        let (downtimes, absences) = timeline.outages()
        for (mark, outages) in [(TimelineMark.absence, absences), (.downtime, downtimes)] {
            for outage in outages where row.meets(outage.from.time, outage.to.time) {
                let (from, to) = (row.x(outage.from.time), row.x(outage.to.time))
                svg.open("g")
                svg.title(
                    "\(mark.words) from \(InstantText.utc(outage.from.time)) to"
                        + " \(InstantText.utc(outage.to.time))")
                svg.rectangle(mark.rawValue, from, dueY - 12, to - from, clockY - dueY + 12)
                svg.close("g")
            }
        }
    }

    private func draw(_ span: Timeline.Span, in svg: inout SVGText) {
        let life = span.life
        let until = span.ending?.moment.time ?? end
        guard row.meets(life.begin.time, until) else { return }
        let from = max(row.x(life.begin.time), TimelineAxis.left)
        let to = min(row.x(until), TimelineAxis.right)
        let words = "#\(life.number) \(life.definition.schedule ?? "once")"
        svg.open("g", "class=\"span\"")
        svg.title(
            "\(words), from \(InstantText.utc(life.begin.time)); \(life.end?.how ?? "is there")")
        svg.rectangle("holder", from, holderY - 8, to - from, 16)
        let fitting = Int((to - from - 20) / 6.2)
        if fitting >= 5 {
            svg.words(SafeText.escaped(words, limit: fitting - 1), from + 9, holderY + 4, "small")
        }
        svg.close("g")
    }

    private func drawEnding(of span: Timeline.Span, in svg: inout SVGText) {
        guard let (kind, moment) = span.ending, row.meets(moment.time, moment.time) else { return }
        svg.line("edge", row.x(moment.time), holderY, row.x(moment.time), clockY)
        TimelineMark(kind).draw(row.x(moment.time), holderY, in: &svg)
    }

    private func draw(_ tick: TickLife, in svg: inout SVGText) {
        let due = row.x(tick.due)
        svg.open("g", "class=\"tick\"")
        svg.title(tick.words)
        if let first = tick.deliveries.first {
            svg.line("wait", due, dueY + 4, row.x(first.trigger.time), sentY - 7)
        } else {
            svg.line("open", due, dueY, row.x(tick.lastSeen(until: end)), dueY)
        }
        for delivery in tick.deliveries {
            let sent = row.x(delivery.trigger.time)
            let answered = row.x(delivery.answer?.moment.time ?? end)
            let style = delivery.answer == nil ? "open" : "delivery"
            svg.rectangle(style, sent, sentY - 2, answered - sent, 4)
            svg.line("sent", sent, sentY - 7, sent, sentY + 7)
            if let answer = delivery.answer, let mark = TimelineMark(answer.event) {
                mark.draw(answered, sentY, in: &svg)
            }
        }
        let mark: TimelineMark = tick.deliveries.isEmpty ? .unsent : .ran
        mark.draw(due, dueY, in: &svg)
        svg.close("g")
    }

    /// Below the deliveries: the number of each within its tick, unless it is the first; or how many
    /// overlap in one place.
    private func drawCounts(of ticks: [TickLife], in svg: inout SVGText) {
        let sent = ticks.flatMap { tick in
            tick.deliveries.enumerated().map { (x: row.x($1.trigger.time), number: $0 + 1) }
        }.sorted { $0.x < $1.x }
        var groups: [(from: Double, to: Double, count: Int, number: Int)] = []
        for (x, number) in sent {
            if let last = groups.last, x - last.to < Self.nearness {
                groups[groups.count - 1].to = x
                groups[groups.count - 1].count += 1
            } else {
                groups.append((x, x, 1, number))
            }
        }
        var free = -Double.infinity
        for group in groups where group.count > 1 || group.number > 1 {
            let words = group.count > 1 ? "×\(group.count)" : Self.ordinal(group.number)
            let middle = (group.from + group.to) / 2
            let half = Double(words.count) * 3.2
            guard middle - half > free else { continue }
            svg.words(words, middle, sentY + 19, "small count", anchor: "middle")
            free = middle + half
        }
    }

    private static func ordinal(_ number: Int) -> String {
        switch number {
        case 2: "2nd"
        case 3: "3rd"
        // At most ten deliveries of a tick are kept, so no 21st occurs.
        default: "\(number)th"
        }
    }
}

extension TickLife {
    /// The last instant known of it; `end` if it is not over or a delivery has no answer.
    fileprivate func lastSeen(until end: Timestamp) -> Timestamp {
        guard let over = self.end?.moment.time, !deliveries.contains(where: { $0.answer == nil })
        else { return max(end, due) }
        return (deliveries.compactMap { $0.answer?.moment.time } + [over, due]).max() ?? over
    }

    /// What happened to it, in one line.
    fileprivate var words: String {
        var parts = ["tick \(number) of generation \(generation), due \(InstantText.utc(due))"]
        for delivery in deliveries {
            parts.append(
                "sent \(InstantText.utc(delivery.trigger.time)) (#\(delivery.trigger.sequence))")
            if let (moment, event) = delivery.answer {
                parts.append("\(Wording.outcome(event)) (#\(moment.sequence))")
            }
        }
        if deliveryCount > deliveries.count { parts.append("in all sent \(deliveryCount) times") }
        switch end {
        case .skipped: parts.append("skipped by policy")
        case .deleted(let how, _): parts.append("its job \(how)")
        case .replaced: parts.append("its job was replaced")
        case nil: parts.append("not over")
        case .succeeded, .givenUp: break
        }
        return parts.joined(separator: "; ")
    }
}

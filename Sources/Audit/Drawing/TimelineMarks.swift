// The marks of a picture. Each kind has its own shape, so colour is not needed to tell them apart; the
// colours are those of Okabe and Ito, safe for the colour-blind. The legend shows all marks.

import EventLog
import Jobs

enum TimelineMark: String, CaseIterable {
    case ran, unsent, behind, wait, delivery
    case succeeded, failed, dropped, timedOut, undeliverable, abandoned, broken, late
    case replaced, deleted, finished
    case downtime, absence

    init?(_ event: Acknowledgement) {
        switch event.outcome {
        case .abandoned where event.connectionBroke: self = .broken
        case .succeeded: self = .succeeded
        case .failed: self = .failed
        case .dropped: self = .dropped
        case .timedOut: self = .timedOut
        case .undeliverable: self = .undeliverable
        case .abandoned: self = .abandoned
        // Drawn separately, because it may come after a time-out.
        case .late: return nil
        }
    }

    init(_ ending: Timeline.Ending) {
        switch ending {
        case .replaced: self = .replaced
        case .deleted: self = .deleted
        case .finished: self = .finished
        }
    }

    var words: String {
        switch self {
        case .ran: "due, and sent"
        case .unsent: "due, not sent"
        case .behind: "behind one not over"
        case .wait: "from due to sent"
        case .delivery: "sent … answered"
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .dropped: "the app said DROPPED"
        case .timedOut: "no answer in time"
        case .undeliverable: "did not reach the app"
        case .abandoned: "nobody heard the answer"
        case .broken: "the connection broke"
        case .late: "answered too late"
        case .replaced: "job replaced"
        case .deleted: "job deleted"
        case .finished: "job done or expired"
        case .downtime: "no scheduler running"
        case .absence: "app not there"
        }
    }

    /// Draws the mark centred at a point.
    func draw(_ x: Double, _ y: Double, in svg: inout SVGText) {
        let style = "mark \(rawValue)"
        switch self {
        case .ran, .unsent, .behind: svg.mark(style, x, y + 4, "l-4 -8h8z")
        case .wait: svg.line("wait", x - 5, y - 6, x + 5, y + 6)
        case .delivery:
            svg.line("sent", x - 7, y - 6, x - 7, y + 6)
            svg.rectangle("delivery", x - 7, y - 2, 14, 4)
        case .succeeded, .late: svg.mark(style, x - 4, y, "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z")
        case .failed: svg.mark(style, x - 4, y - 4, "l8 8m0 -8l-8 8")
        case .dropped, .timedOut: svg.mark(style, x - 4, y - 4, "h8v8h-8z")
        case .undeliverable: svg.mark(style, x, y - 5, "l5 9h-10z")
        case .abandoned, .replaced: svg.mark(style, x, y - 5, "l5 5l-5 5l-5 -5z")
        case .broken: svg.mark(style, x - 5, y + 4, "l4 -8m2 8l4 -8")
        case .deleted: svg.mark(style, x - 4, y - 4, "l8 8m0 -8l-8 8")
        case .finished: svg.mark(style, x - 2, y - 5, "h4v10h-4z")
        case .downtime, .absence: svg.rectangle(rawValue, x - 8, y - 6, 16, 12)
        }
    }

    /// The styles of all marks, and the hatching of downtime.
    static let styles = """
        <style>
        text { font: 11px sans-serif; fill: #222; }
        .head { font-size: 17px; font-weight: bold; }
        .note { font-size: 12px; font-weight: bold; fill: #a33c00; }
        .small { font-size: 10px; fill: #444; }
        .paper { fill: #fff; }
        .row { fill: #fafafa; stroke: #ccc; }
        .grid { stroke: #ddd; }
        .holder { fill: #dbe7f3; }
        .downtime { fill: url(#hatch); stroke: #777; stroke-width: 0.6; }
        .absence { fill: #fdf0c4; stroke: #c9a227; stroke-width: 0.6; }
        .wait { stroke: #777; stroke-width: 1; fill: none; }
        .sent { stroke: #0072b2; stroke-width: 1.6; }
        .delivery { fill: #56b4e9; }
        .open { fill: none; stroke: #0072b2; stroke-dasharray: 3 2; }
        .mark { stroke-width: 1.4; fill: #fff; stroke: #222; }
        .ran { fill: #222; }
        .unsent { stroke: #a33c00; stroke-width: 1.8; }
        .behind { stroke: #999; stroke-dasharray: 1.6 1.2; }
        .succeeded { fill: #009e73; stroke: #00614a; }
        .failed { stroke: #d55e00; stroke-width: 2.6; fill: none; }
        .dropped { fill: #d55e00; stroke: #7c3600; }
        .timedOut { stroke: #d55e00; stroke-width: 2; }
        .undeliverable { stroke: #b07500; stroke-width: 2; fill: #ffe9b8; }
        .abandoned { stroke: #a0447c; stroke-width: 2; fill: #f6dcea; }
        .broken { stroke: #a0447c; stroke-width: 2.2; fill: none; }
        .late { stroke: #777; stroke-width: 1.8; }
        .replaced { fill: #222; }
        .deleted { stroke: #222; stroke-width: 2.6; fill: none; }
        .finished { fill: #222; }
        .edge { stroke: #222; stroke-dasharray: 2 2; }
        </style>
        <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">
        <rect width="6" height="6" fill="#e6e6e6"/>
        <path d="M0 6L6 0" stroke="#a8a8a8" stroke-width="1"/></pattern></defs>

        """
}

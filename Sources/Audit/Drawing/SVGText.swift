import Jobs

/// Builds an SVG picture. Texts from outside are made safe to show and escaped.
struct SVGText {
    private(set) var text = ""

    mutating func open(_ name: String, _ attributes: String = "") {
        text += attributes.isEmpty ? "<\(name)>\n" : "<\(name) \(attributes)>\n"
    }

    mutating func close(_ name: String) { text += "</\(name)>\n" }

    /// Appends trusted markup without escaping.
    mutating func raw(_ markup: String) { text += markup }

    mutating func title(_ words: String) { text += "<title>\(Self.escaped(words))</title>\n" }

    mutating func words(
        _ words: String, _ x: Double, _ y: Double, _ style: String = "", anchor: String = "start"
    ) {
        let look = style.isEmpty ? "" : " class=\"\(style)\""
        text += "<text\(look) x=\"\(Self.px(x))\" y=\"\(Self.px(y))\" text-anchor=\"\(anchor)\">"
        text += "\(Self.escaped(words))</text>\n"
    }

    mutating func line(_ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        path(style, "M\(Self.px(x1)) \(Self.px(y1))L\(Self.px(x2)) \(Self.px(y2))")
    }

    mutating func rectangle(
        _ style: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double
    ) {
        text += "<rect class=\"\(style)\" x=\"\(Self.px(x))\" y=\"\(Self.px(y))\""
        text += " width=\"\(Self.px(max(width, 0)))\" height=\"\(Self.px(height))\"/>\n"
    }

    mutating func path(_ style: String, _ data: String) {
        text += "<path class=\"\(style)\" d=\"\(data)\"/>\n"
    }

    /// A path around a point, of steps relative to it.
    mutating func mark(_ style: String, _ x: Double, _ y: Double, _ steps: String) {
        path(style, "M\(Self.px(x)) \(Self.px(y))\(steps)")
    }

    /// Pixels, with one decimal.
    static func px(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        return "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }

    static func escaped(_ words: String) -> String {
        var shown = ""
        for character in SafeText.escaped(words).unicodeScalars {
            switch character {
            case "&": shown += "&amp;"
            case "<": shown += "&lt;"
            case ">": shown += "&gt;"
            case "\"": shown += "&quot;"
            default: shown.unicodeScalars.append(character)
            }
        }
        return shown
    }
}

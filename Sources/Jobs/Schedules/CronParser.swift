// The grammar of cron expressions, in full as Dapr has it: six fields (second, minute, hour, day of
// month, month, day of week), each a comma list of items `*`, `?`, n or n-m, with an optional
// /step. Dapr: kit cron/parser.go. Dapr's quirks are kept: empty items are skipped, so a list may
// be empty; text after "*-" is ignored; n/step runs to the field's end; a star with a step above 1
// no longer counts as a star.

enum CronParser {
    /// Throws for the field "schedule".
    static func parse(_ text: String) throws(InvalidField) -> CronExpression {
        let texts = text.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }
        guard texts.count == 6 else {
            let shown = texts.joined(separator: " ")
            throw InvalidField(
                "schedule",
                "expected exactly 6 fields, found \(texts.count): [\(shown)]"
                    + " (second minute hour day-of-month month day-of-week)")
        }
        return CronExpression(
            seconds: try CronField.second.parse(texts[0]).values,
            minutes: try CronField.minute.parse(texts[1]).values,
            hours: try CronField.hour.parse(texts[2]).values,
            daysOfMonth: try CronField.dayOfMonth.parse(texts[3]),
            months: try CronField.month.parse(texts[4]).values,
            daysOfWeek: try CronField.dayOfWeek.parse(texts[5]))
    }
}

/// One of the six fields: its name and its values.
private struct CronField {
    /// The field's position, from 1.
    let place: Int
    let name: String
    let range: ClosedRange<Int>
    /// Names, in lower case, for `range.lowerBound` and the values after it.
    var valueNames: [String] = []

    static let second = CronField(place: 1, name: "seconds", range: 0...59)
    static let minute = CronField(place: 2, name: "minutes", range: 0...59)
    static let hour = CronField(place: 3, name: "hours", range: 0...23)
    static let dayOfMonth = CronField(place: 4, name: "day of month", range: 1...31)
    static let month = CronField(
        place: 5, name: "month", range: 1...12,
        valueNames: [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ])
    static let dayOfWeek = CronField(
        place: 6, name: "day of week", range: 0...6,
        valueNames: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    func parse(_ text: String) throws(InvalidField) -> CronExpression.Days {
        var days = CronExpression.Days(values: BitSet(), isStar: false)
        // Split by bytes: a comma followed by a combining mark is still a comma.
        for item in text.utf8.split(separator: UInt8(ascii: ",")) {
            let (values, isStar) = try parseItem(String(Substring(item)))
            days.values.formUnion(values)
            days.isStar = days.isStar || isStar
        }
        return days
    }

    private func parseItem(_ item: String) throws(InvalidField) -> (BitSet, isStar: Bool) {
        let parts = pieces(of: item, at: "/")
        let bounds = pieces(of: parts[0], at: "-")
        var isStar = bounds[0] == "*" || bounds[0] == "?"
        var first = range.lowerBound
        var last = range.upperBound
        if !isStar {
            first = try number(bounds[0])
            switch bounds.count {
            case 1: last = first
            case 2: last = try number(bounds[1])
            default: throw invalid("too many hyphens: \(item)")
            }
        }
        var step = 1
        if parts.count > 2 { throw invalid("too many slashes: \(item)") }
        if parts.count == 2 {
            step = try integer(parts[1])
            if bounds.count == 1 { last = range.upperBound }
            if step > 1 { isStar = false }
        }
        try check(first, last, step, of: item)
        var values = BitSet()
        // No field has 64 values: clamping a longer step changes nothing, and the sum cannot
        // overflow.
        for value in stride(from: first, through: last, by: min(step, 64)) { values.insert(value) }
        return (values, isStar)
    }

    private func check(_ first: Int, _ last: Int, _ step: Int, of item: String)
        throws(InvalidField)
    {
        if first < range.lowerBound {
            throw invalid(
                "beginning of range (\(first)) below minimum (\(range.lowerBound)): \(item)")
        }
        if last > range.upperBound {
            throw invalid("end of range (\(last)) above maximum (\(range.upperBound)): \(item)")
        }
        if first > last {
            throw invalid("beginning of range (\(first)) beyond end of range (\(last)): \(item)")
        }
        if step == 0 { throw invalid("step of range should be a positive number: \(item)") }
    }

    /// `text` cut at every `separator`; at least one piece.
    private func pieces(of text: String, at separator: Unicode.Scalar) -> [String] {
        text.utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
    }

    /// A number, or the name of a value in any case.
    private func number(_ text: String) throws(InvalidField) -> Int {
        if let index = valueNames.firstIndex(of: text.lowercased()) {
            return range.lowerBound + index
        }
        return try integer(text)
    }

    /// Decimal digits with an optional sign, as Go's strconv.Atoi accepts them; a negative number
    /// is rejected.
    private func integer(_ text: String) throws(InvalidField) -> Int {
        guard let number = Int(text) else {
            let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
            let isNumber =
                !digits.isEmpty && text.utf8.count - digits.count <= 1
                && digits.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            let problem = isNumber ? "value out of range" : "invalid syntax"
            throw invalid(
                "failed to parse int from \(text): strconv.Atoi: parsing \"\(text)\": \(problem)")
        }
        if number < 0 { throw invalid("negative number (\(number)) not allowed: \(text)") }
        return number
    }

    private func invalid(_ reason: String) -> InvalidField {
        var expected = "\(range.lowerBound)-\(range.upperBound)"
        if let first = valueNames.first, let last = valueNames.last {
            expected += " or \(first)-\(last)"
        }
        return InvalidField("schedule", "\(reason) (field \(place), \(name): \(expected))")
    }
}

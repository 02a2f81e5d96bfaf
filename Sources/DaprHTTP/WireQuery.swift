// The query of a path. Nothing is guessed or ignored: with a misspelt parameter, a delete would
// select other jobs than its caller meant.

package import DaprAPI
package import Jobs

/// Parameters, each given at most once.
package struct WireQuery {
    private var values: [String: String] = [:]

    /// Rejects parameters that are not among `names`, and malformed text.
    package init(_ raw: Substring, names: [String]) throws(WireError) {
        if raw.isEmpty { return }
        for pair in raw.split(separator: "&", omittingEmptySubsequences: false) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let shown = SafeText.shown(String(parts[0]))
            do throws(URLText.Fault) {
                let name = String(try URLText.unescape(parts[0]).keyword)
                guard names.contains(name) else {
                    throw URLText.Fault(reason: "is not known here")
                }
                guard parts.count == 2 else { throw URLText.Fault(reason: "has no value") }
                let value = try URLText.unescape(parts[1])
                guard values.updateValue(value, forKey: name) == nil else {
                    throw URLText.Fault(reason: "is given twice")
                }
            } catch {
                throw .malformedQuery("the parameter \"\(shown)\" \(error.reason)")
            }
        }
    }

    /// The value of a parameter: `nil` if it was not given, empty if nothing follows the "=".
    package subscript(name: String) -> String? { values[name] }

    /// A parameter that must be a whole number; `nil` if it was not given.
    package func number<Number: FixedWidthInteger>(
        _ name: String, in range: ClosedRange<Number>
    ) throws(InvalidField) -> Number? {
        guard let text = values[name] else { return nil }
        // Digits only: no sign, no space, no leading zero.
        guard let number = Number(text), range.contains(number), text == "\(number)" else {
            throw InvalidField(
                name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

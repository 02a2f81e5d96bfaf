package import Jobs

/// What a tally counts by: an enumeration of small numbers.
package protocol Tallied: CaseIterable, RawRepresentable, Sendable where RawValue == UInt8 {}

/// How often each case occurred. One array, so that counting is an addition; read in the order of
/// the cases.
package struct Tally<Case: Tallied>: Sendable, Equatable {
    private var counts = [Int](
        repeating: 0, count: Int(Case.allCases.map(\.rawValue).max() ?? 0) + 1)

    package init() {}

    package subscript(_ key: Case) -> Int { counts[Int(key.rawValue)] }
    /// Held at the largest number there is: what is skipped is counted by what a record says.
    package var total: Int {
        counts.reduce(0) { sum, count in
            let (total, overflow) = sum.addingReportingOverflow(count)
            return overflow ? .max : total
        }
    }
    /// Every case, also those that never occurred.
    package var all: [(key: Case, count: Int)] { Case.allCases.map { ($0, self[$0]) } }

    package mutating func add(_ key: Case, _ count: Int = 1) {
        let (sum, overflow) = counts[Int(key.rawValue)].addingReportingOverflow(count)
        counts[Int(key.rawValue)] = overflow ? .max : sum
    }
}

extension Acknowledgement.Outcome: Tallied {}

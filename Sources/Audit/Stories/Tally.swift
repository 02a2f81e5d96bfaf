package import Jobs

/// An enumeration whose cases a tally counts.
package protocol Tallied: CaseIterable, RawRepresentable, Sendable where RawValue == UInt8 {}

/// How often each case occurred. Kept in an array, so that counting is one addition.
package struct Tally<Case: Tallied>: Sendable, Equatable {
    private var counts = [Int](
        repeating: 0, count: Int(Case.allCases.map(\.rawValue).max() ?? 0) + 1)

    package init() {}

    package subscript(_ key: Case) -> Int { counts[Int(key.rawValue)] }
    /// Clamped to the largest number, because the count of skipped ticks comes from a record.
    package var total: Int {
        counts.reduce(0) { sum, count in
            let (total, overflow) = sum.addingReportingOverflow(count)
            return overflow ? .max : total
        }
    }
    /// Every case, including those that never occurred.
    package var all: [(key: Case, count: Int)] { Case.allCases.map { ($0, self[$0]) } }

    package mutating func add(_ key: Case, _ count: Int = 1) {
        let (sum, overflow) = counts[Int(key.rawValue)].addingReportingOverflow(count)
        counts[Int(key.rawValue)] = overflow ? .max : sum
    }
}

extension Acknowledgement.Outcome: Tallied {}

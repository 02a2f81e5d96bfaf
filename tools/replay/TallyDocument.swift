import Audit

extension Tally {
    /// The count of every case by name, including those that never occurred. Keys are sorted when encoded.
    var document: [String: Int] {
        Dictionary(all.map { ("\($0.key)", $0.count) }, uniquingKeysWith: +)
    }
}

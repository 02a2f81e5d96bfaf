import Audit

extension Tally {
    /// Every case by name, also those that never occurred. Keys are sorted when they are encoded.
    var document: [String: Int] {
        Dictionary(all.map { ("\($0.key)", $0.count) }, uniquingKeysWith: +)
    }
}

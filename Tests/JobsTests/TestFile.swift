import Foundation
import Jobs
import TestSupport

/// A file beside the tests.
enum TestFile {
    /// Rules of a zone as IANA released them in 2025b, so that what was recorded stays comparable.
    static func zone(_ name: String) throws -> ZoneRules {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/zoneinfo/\(name)")
        return ZoneRules(zone: name, tzif: Array(try Data(contentsOf: url)))
    }

    static func zones(_ names: String...) throws -> ZoneTables {
        try Dictionary(uniqueKeysWithValues: names.map { ($0, try zone($0).table()) })
    }

    /// Its lines, without empty ones and those that begin with `#`.
    static func lines(of path: String) throws -> [String] {
        let url = Bundle.module.bundleURL.appendingPathComponent(path)
        let text = try String(contentsOf: url, encoding: .utf8)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }
}

extension SeededGenerator {
    /// Changes one or a few bytes, or inserts one of `junk`.
    mutating func damage(_ bytes: inout [UInt8], junk: [String]) {
        let place = index(below: bytes.count + 1)
        switch index(below: 6) {
        case 0: bytes.insert(UInt8(truncatingIfNeeded: next()), at: place)
        case 1: bytes.insert(contentsOf: Array(element(of: junk).utf8), at: place)
        case 2: bytes.removeLast(bytes.count - place)
        case 3: bytes.insert(contentsOf: bytes[place...], at: place)
        case 4: if place < bytes.count { bytes.remove(at: place) }
        default:
            let bit = UInt8(1) << UInt8(index(below: 8))
            if place < bytes.count { bytes[place] ^= bit }
        }
    }
}

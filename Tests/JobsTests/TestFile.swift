import Foundation
import Jobs

/// A file that lies beside the tests.
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

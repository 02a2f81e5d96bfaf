// The time zone rules of the operating system: a directory of TZif files, one per zone, under the
// zone's name.

import Glibc
package import Jobs
import Synchronization

/// A directory of time zones. Its answer for a zone stays the same until the process ends, even if
/// the system's rules change meanwhile.
package final class ZoneDirectory: ZoneSource {
    /// How many rules are cached. The IANA database has some 600 names, three times that with the
    /// trees "posix" and "right"; any beyond that are read anew each time.
    private static let keptMax = 2_048

    private let path: String?
    private let lookedIn: [String]
    private let kept = Mutex<[String: ZoneRules]>([:])

    /// Reads below `path`; every zone is unavailable if that is `nil`, missing or empty. `lookedIn`
    /// is for the message to the operator in that case: the places searched.
    package init(path: String?, lookedIn: [String]) {
        self.path = path
        self.lookedIn = lookedIn
    }

    /// The directory this process should use: from its environment, or the system's.
    package static func ofSystem() -> ZoneDirectory {
        ofSystem(tzdir: getenv("TZDIR").map { String(cString: $0) })
    }

    /// `tzdir`, the value of the environment variable TZDIR, if it is set and not empty, else the
    /// first of `standard` with anything in it. A TZDIR that leads nowhere is not ignored: whoever
    /// set it expects the rules in it.
    package static func ofSystem(
        tzdir: String?, standard: [String] = ZoneDirectory.standard
    ) -> ZoneDirectory {
        if let tzdir, !tzdir.isEmpty {
            return ZoneDirectory(path: tzdir, lookedIn: ["TZDIR=\(tzdir)"])
        }
        return ZoneDirectory(path: standard.first { !isMissingOrEmpty($0) }, lookedIn: standard)
    }

    /// Where systems keep their zones, in order of preference.
    package static let standard = [
        "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo",
    ]

    package func rules(of zone: String) throws(ZoneSourceError) -> ZoneRules {
        // No name is opened that leads out of the directory or depends on the machine. A symbolic
        // link inside may lead anywhere; its creator may decide that.
        guard !zone.isEmpty, ZoneName.fault(in: zone) == nil else { throw .unknown(zone: zone) }
        if let rules = kept.withLock({ $0[zone] }) { return rules }
        let rules = ZoneRules(zone: zone, tzif: try tzif(of: zone))
        _ = try rules.table()
        return kept.withLock { kept in
            // Another thread may have read the file before it changed: the first result kept wins,
            // so that all get the same.
            if let first = kept[zone] { return first }
            if kept.count < ZoneDirectory.keptMax { kept[zone] = rules }
            return rules
        }
    }

    private func tzif(of zone: String) throws(ZoneSourceError) -> [UInt8] {
        guard let path else { throw .unavailable(detail: missing) }
        switch RegularFile.read("\(path)/\(zone)", bytesMax: JobLimits.zoneRulesBytesMax + 1) {
        case .bytes(let bytes) where bytes.starts(with: Array("TZif".utf8)):
            return bytes
        case .bytes, .noSuchFile:
            // Checked only after a failure: a directory that provided a file exists.
            if ZoneDirectory.isMissingOrEmpty(path) { throw .unavailable(detail: missing) }
            throw .unknown(zone: zone)
        case .failed(let reason):
            throw .unreadable(zone: zone, detail: reason)
        }
    }

    /// The error text: what is wrong, and what to do about it.
    private var missing: String {
        "no time zones are installed: looked in \(lookedIn.joined(separator: ", ")); install the"
            + " package tzdata (Debian, Ubuntu, Fedora: tzdata; Alpine: apk add tzdata) or point"
            + " TZDIR at a zoneinfo directory"
    }

    /// A container gets an empty directory if the host's was not mounted.
    private static func isMissingOrEmpty(_ path: String) -> Bool {
        guard let directory = opendir(path) else {
            return errno == ENOENT || errno == ENOTDIR
        }
        defer { closedir(directory) }
        while let found = readdir(directory) {
            let name = withUnsafeBytes(of: &found.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { return false }
        }
        return true
    }
}

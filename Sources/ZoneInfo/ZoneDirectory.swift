// The rules of the world's time zones as the operating system keeps them: a directory of TZif files,
// one a zone, under the zone's name.

import Glibc
package import Jobs
import Synchronization

/// A directory of time zones. What it has once said of a zone it says until the process ends, even
/// if the system's rules are changed meanwhile.
package final class ZoneDirectory: ZoneSource {
    /// Rules kept. The IANA database has some 600 names, three times that with the trees "posix" and
    /// "right"; what is beyond is read anew each time.
    private static let keptMax = 2_048

    private let path: String?
    private let lookedIn: [String]
    private let kept = Mutex<[String: ZoneRules]>([:])

    /// Reads below `path`; every zone is unavailable if that is `nil`, missing or empty. `lookedIn`
    /// is what an operator is then told: where zones could have been.
    package init(path: String?, lookedIn: [String]) {
        self.path = path
        self.lookedIn = lookedIn
    }

    /// The directory this process should use: by its environment, or the system's.
    package static func ofSystem() -> ZoneDirectory {
        ofSystem(tzdir: getenv("TZDIR").map { String(cString: $0) })
    }

    /// `tzdir`, the value of the environment variable TZDIR, if it is set and not empty, else the
    /// first of `standard` with anything in it. A TZDIR that leads nowhere is not passed over:
    /// whoever set it expects the rules it has.
    package static func ofSystem(
        tzdir: String?, standard: [String] = ZoneDirectory.standard
    ) -> ZoneDirectory {
        if let tzdir, !tzdir.isEmpty {
            return ZoneDirectory(path: tzdir, lookedIn: ["TZDIR=\(tzdir)"])
        }
        return ZoneDirectory(path: standard.first { !isMissingOrEmpty($0) }, lookedIn: standard)
    }

    /// Where systems keep their zones, in the order of preference.
    package static let standard = [
        "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo",
    ]

    package func rules(of zone: String) throws(ZoneSourceError) -> ZoneRules {
        // No other name is opened: none that leads out of the directory, none that depends on the
        // machine. A symbolic link inside may lead anywhere; whoever made it may say so.
        guard !zone.isEmpty, ZoneName.fault(in: zone) == nil else { throw .unknown(zone: zone) }
        if let rules = kept.withLock({ $0[zone] }) { return rules }
        let rules = ZoneRules(zone: zone, tzif: try tzif(of: zone))
        _ = try rules.table()
        return kept.withLock { kept in
            // Somebody else may have read it too, before the file changed: the first to be kept
            // counts, so that all get the same.
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
            // Only now: a directory that gave a file is there.
            if ZoneDirectory.isMissingOrEmpty(path) { throw .unavailable(detail: missing) }
            throw .unknown(zone: zone)
        case .failed(let reason):
            throw .unreadable(zone: zone, detail: reason)
        }
    }

    /// What is wrong, and what to do about it.
    private var missing: String {
        "no time zones are installed: looked in \(lookedIn.joined(separator: ", ")); install the"
            + " package tzdata (Debian, Ubuntu, Fedora: tzdata; Alpine: apk add tzdata) or point"
            + " TZDIR at a zoneinfo directory"
    }

    /// An empty directory is what a container gets where it should have mounted the host's.
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

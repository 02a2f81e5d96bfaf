// The log's use of its disk, measured by the sizes of its files; asking the log itself would cost
// the writer's time. The disk is measured once a second on a thread of its own, so that a hanging
// disk delays neither metrics nor the liveness probe.

import Dispatch
import Glibc
import Logging
import Synchronization
import Telemetry

/// The disk a data directory is on.
final class LogDisk: Sendable {
    private struct Sight {
        var used: Int?
        var segments: Int?
        var free: Int?
        var daysLeft: Double?
    }

    private let directory: String
    private let logger: Logger?
    private let queue = DispatchQueue(label: "disk of the log")
    /// The last measurement.
    private let sight = Mutex(Sight())
    /// The growth since a log was found, or in the last day.
    private let growth = Mutex<Growth?>(nil)

    /// A disk that will be full within a week is told to `logger`.
    init(directory: String, logger: Logger?) {
        self.directory = directory
        self.logger = logger
        queue.async { [weak self] in self?.lookAgainAndAgain() }
    }

    var metricFamilies: [MetricFamily] {
        let seen = sight.withLock { $0 }
        return [
            .gauge(
                "daybook_log_bytes", "Bytes the log takes on the disk.",
                seen.used.map { Double($0) }),
            .gauge(
                "daybook_log_segments", "Files the log is kept in, the last of which grows.",
                seen.segments.map { Double($0) }),
            .gauge(
                "daybook_disk_free_bytes", "Bytes free on the disk of the log.",
                seen.free.map { Double($0) }),
            .gauge(
                "daybook_disk_days_left",
                "Until the disk is full if the log grows as in the last day.",
                seen.daysLeft),
        ]
    }

    /// Ends when nothing else holds this object any more.
    private func lookAgainAndAgain() {
        let sizes = segmentSizes
        var seen = Sight(
            used: sizes.isEmpty ? nil : sizes.reduce(0, +),
            segments: sizes.isEmpty ? nil : sizes.count, free: freeBytes)
        if let used = seen.used, let free = seen.free {
            seen.daysLeft = daysLeft(free: free, used: used)
        }
        sight.withLock { $0 = seen }
        queue.asyncAfter(deadline: .now() + AdminLimits.diskInterval) { [weak self] in
            self?.lookAgainAndAgain()
        }
    }

    private func daysLeft(free: Int, used: Int) -> Double? {
        let now = MonotonicClock.now
        let (daysLeft, isToWarn) = growth.withLock { growth -> (Double?, Bool) in
            var watched = growth ?? Growth(used: used, at: now)
            watched.note(used: used, at: now)
            let daysLeft = watched.daysLeft(free: free, used: used, at: now)
            let isToWarn = watched.isToWarn(of: daysLeft, at: now)
            growth = watched
            return (daysLeft, isToWarn)
        }
        if isToWarn, let daysLeft {
            logger?.warning(
                "the disk of the log will be full within a week if that grows as in the last day",
                metadata: [
                    "days": "\(Int(daysLeft))", "free-bytes": "\(free)", "log-bytes": "\(used)",
                ])
        }
        return daysLeft
    }

    private var freeBytes: Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: status.f_frsize)).partialValue
    }

    /// Bytes allocated to each segment; empty while there is no log.
    private var segmentSizes: [Int] {
        DirectoryNames.read("\(directory)/log").compactMap { segment in
            let path = "\(directory)/log/\(segment)"
            return Self.bytes(of: path + "/data.mdb").map {
                $0 + (Self.bytes(of: path + "/base/data.mdb") ?? 0)
            }
        }
    }

    /// Bytes of a file on the disk; `nil` if there is none.
    private static func bytes(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_blocks) * 512 : nil
    }
}

enum DirectoryNames {
    /// The names in the directory at `path`; empty if it cannot be read.
    static func read(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

// What the log takes of its disk, seen from outside: the sizes of its files. Asking the log itself
// would take the writer's time.

import Glibc
import Synchronization
import Telemetry

/// The disk a data directory is on.
final class LogDisk: Sendable {
    private let directory: String
    /// From the first look that found a log.
    private let growth = Mutex<Growth?>(nil)

    init(directory: String) { self.directory = directory }

    var metricFamilies: [MetricFamily] {
        let used = usedBytes
        let free = freeBytes
        return [
            .gauge(
                "daybook_log_bytes", "Bytes the log takes on the disk.", used.map { Double($0) }),
            .gauge(
                "daybook_disk_free_bytes", "Bytes free on the disk of the log.",
                free.map { Double($0) }),
            .gauge(
                "daybook_disk_days_left",
                "Until the disk is full if the log grows as it has since the first look.",
                used.flatMap { used in free.flatMap { daysLeft(free: $0, used: used) } }),
        ]
    }

    private func daysLeft(free: Int, used: Int) -> Double? {
        let now = MonotonicClock.now
        return growth.withLock { growth in
            guard let growth else {
                growth = Growth(used: used, at: now)
                return nil
            }
            return growth.daysLeft(free: free, used: used, at: now)
        }
    }

    private var freeBytes: Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: status.f_frsize)).partialValue
    }

    /// The allocated blocks of every segment; `nil` while there is no log.
    private var usedBytes: Int? {
        let sizes = Directory.names(in: "\(directory)/log").compactMap { segment -> Int? in
            var status = stat()
            let path = "\(directory)/log/\(segment)/data.mdb"
            return stat(path, &status) == 0 ? Int(status.st_blocks) * 512 : nil
        }
        return sizes.isEmpty ? nil : sizes.reduce(0, +)
    }
}

enum Directory {
    /// What stands in the directory at `path`; nothing if it cannot be read.
    static func names(in path: String) -> [String] {
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

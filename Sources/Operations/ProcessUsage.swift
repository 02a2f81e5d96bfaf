// The resources this process uses, under the names all Prometheus clients use. Read at each
// request: the kernel answers from memory, in a time bounded by the number of open descriptors.

import Glibc
import Telemetry

enum ProcessUsage {
    static var metricFamilies: [MetricFamily] {
        let status = Status()
        // Minus the one that reads the directory.
        let descriptors = DirectoryNames.read("/proc/self/fd").count - 1
        return [
            .gauge(
                "process_start_time_seconds", "When the process began, in seconds since 1970.",
                status.flatMap(\.startTime)),
            .gauge(
                "process_resident_memory_bytes", "Memory held, in bytes.",
                status?.residentBytes),
            .gauge(
                "process_virtual_memory_bytes", "Address space taken, in bytes.",
                status?.virtualBytes),
            MetricFamily(
                "process_cpu_seconds_total", "Time of processors used.",
                .counter(status.map { [Sample($0.processorSeconds)] } ?? [])),
            .gauge("process_open_fds", "Open descriptors.", Double(max(0, descriptors))),
            .gauge("process_max_fds", "Descriptors that may be open.", descriptorsMax),
        ]
    }

    private static var descriptorsMax: Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return nil
        }
        return limit.rlim_cur == ~0 ? .infinity : Double(limit.rlim_cur)
    }

    /// The fields of `/proc/self/stat` that are used; proc(5) numbers them from 1.
    private struct Status {
        let processorSeconds: Double
        let startTime: Double?
        let virtualBytes: Double
        let residentBytes: Double

        init?() {
            // The second field is the program's name in brackets, which may contain anything.
            guard let text = ProcessUsage.text(of: "/proc/self/stat"),
                let bracket = text.lastIndex(of: ")")
            else { return nil }
            let numbers = text[bracket...].split(separator: " ").dropFirst(2).map { Double($0) }
            func field(_ number: Int) -> Double? {
                numbers.indices.contains(number - 4) ? numbers[number - 4] : nil
            }
            let perSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
            guard let user = field(14), let system = field(15), let start = field(22),
                let virtual = field(23), let pages = field(24)
            else { return nil }
            processorSeconds = (user + system) / perSecond
            startTime = Status.bootTime.map { $0 + start / perSecond }
            virtualBytes = virtual
            residentBytes = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
        }

        /// When the machine started, in seconds since 1970.
        private static var bootTime: Double? {
            ProcessUsage.text(of: "/proc/stat")?.split(separator: "\n")
                .first { $0.hasPrefix("btime ") }
                .flatMap { Double($0.dropFirst("btime ".count)) }
        }
    }

    /// Files of /proc have no size; they are read until their end.
    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += block[..<count]
        }
    }
}

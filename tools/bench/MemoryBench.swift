// What a job costs in memory: events are encoded, decoded and folded into a projection, as a boot
// does with those of a log. The control is the same identities in a plain dictionary.

import ArgumentParser
import EventLog
import Glibc
import JobState
import Jobs
import Simulation
import ZoneInfo

struct MemoryBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "Resident bytes a job of a projection.")

    @Argument(help: "Jobs, which share 100 schedules.") var jobs = 1_000_000

    func validate() throws {
        if !(1...1_000_000).contains(jobs) { throw ValidationError("1 to 1,000,000 jobs") }
    }

    func run() throws {
        // What is needed once, however many jobs there are, is there before anything is measured.
        keep(try Self.projection(of: 1_000))
        keep(try Self.table(of: 1_000))
        let start = ResidentMemory.bytes
        let projection = try Self.projection(of: jobs)
        let middle = ResidentMemory.bytes
        let table = try Self.table(of: jobs)
        let end = ResidentMemory.bytes
        precondition(projection.rows.count == jobs && table.count == jobs)
        try MemoryFigures(
            jobs: jobs, identityBytes: try Self.identity(of: 0).key.count,
            bytes: Double(middle - start) / Double(jobs),
            controlBytes: Double(end - middle) / Double(jobs)
        ).show()
    }

    /// What is left of a log of registrations.
    private static func projection(of count: Int) throws -> JobProjection {
        var projection = JobProjection()
        let now = Timestamp(seconds: 1_798_761_600)
        var bytes: [UInt8] = []
        func fold(_ event: Event) throws {
            let record = Record(sequence: projection.head.next, time: now, event: event)
            bytes.removeAll(keepingCapacity: true)
            EventCodec.encode(record, into: &bytes)
            try projection.apply(
                EventCodec.decode(bytes, in: 0..<bytes.count, at: record.sequence))
        }
        try fold(
            .opened(
                Opening(
                    bootID: BootID(high: 1, low: 1), softwareVersion: "bench",
                    logFormat: EventCodec.format, isAfterCleanClose: true)))
        let directory = ZoneDirectory.ofSystem()
        for zone in zones { try fold(.zoneRules(directory.rules(of: zone))) }
        let caller = Caller(api: .http, appID: "bench", peer: "")
        for (place, index) in order(of: count).enumerated() {
            let request = JobRequest(
                id: try identity(of: index), schedule: schedules[index % schedules.count],
                caller: caller)
            let plan = try JobPlan(request, zones: directory)
            // One every millisecond, so that due times differ as they would.
            let accepted = now.clampedAdding(nanoseconds: Int64(place) * 1_000_000)
            try fold(.created(plan.resolve(at: accepted, in: projection.zones)))
        }
        return projection
    }

    private static func table(of count: Int) throws -> [JobID: UInt64] {
        var table: [JobID: UInt64] = [:]
        for index in order(of: count) {
            // As a decoded identity, with no room to grow.
            guard
                let id = JobID(key: try identity(of: index).key.withUnsafeBufferPointer(Array.init))
            else { continue }
            table[id] = UInt64(index)
        }
        return table
    }

    private static func order(of count: Int) -> [Int] {
        var random = SeededRandom(seed: 1)
        return (0..<count).shuffled(using: &random)
    }

    private static func identity(of index: Int) throws -> JobID {
        let digits = "\(index)"
        let zeros = String(repeating: "0", count: 6 - digits.utf8.count)
        return try JobID(
            namespace: "default", target: .app("bench"), name: "job-\(zeros)\(digits)")
    }

    private static let zones = [
        "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney",
    ]

    /// 40 intervals, 30 by UTC, 30 by the four zones.
    private static let schedules: [String] =
        (1...40).map { "@every \($0)m" }
        + (0..<30).map { "0 \($0 * 2) */\($0 % 4 + 1) * * *" }
        + (0..<30).map { "CRON_TZ=\(zones[$0 % zones.count]) 0 \($0) \($0 % 24) * * mon-fri" }
}

/// Bytes a job: in the projection, in the control, and of its identity, which is in both.
private struct MemoryFigures: Figures {
    let jobs: Int
    let identityBytes: Int
    let bytes: Double
    let controlBytes: Double
}

/// Measured as the growth of resident pages, free ones returned first.
private enum ResidentMemory {
    /// Of this process, without pages the allocator does not use.
    static var bytes: Int {
        trim()
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        precondition(file >= 0, "/proc is needed")
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = read(file, &text, text.count)
        // "size resident shared …", in pages.
        let numbers = text.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
        let pages = Int(String(decoding: numbers[1], as: UTF8.self)) ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// glibc's malloc_trim(0), which the Glibc module does not name.
    private static func trim() {
        guard let symbol = dlsym(nil, "malloc_trim") else { preconditionFailure("glibc is needed") }
        // Safe because malloc.h declares `int malloc_trim(size_t)`; another signature would break it.
        let function = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
        _ = function(0)
    }
}

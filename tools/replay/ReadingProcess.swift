// This program once more, to do the reading: LMDB trusts the pages of a file, and one that is torn
// can end whoever reads it by a signal. What it finds comes by a pipe, line by line.

import EventLog
import FoundationEssentials
import Glibc

struct ReadingProcess: ~Copyable {
    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    private let id: pid_t
    private let pipe: Int32
    /// What came and was not asked for yet: `pending` from `start` on.
    private var pending: [UInt8] = []
    private var start = 0

    private static let blockBytes = 1 << 16

    /// Starts it. Throws `broken` if the system does not let us.
    init(arguments: [String]) throws(LogError) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw ReadingProcess.failure(errno) }
        // Held by the process too, our end of it would keep the process alive.
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        defer { close(ends[1]) }
        var started: pid_t = 0
        let code = ReadingProcess.spawn(arguments, output: ends[1], &started)
        guard code == 0 else {
            close(ends[0])
            throw ReadingProcess.failure(code)
        }
        id = started
        pipe = ends[0]
    }

    /// The next line it prints, without its end; `nil` when it prints no more.
    mutating func line() -> String? {
        while true {
            if let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return String(decoding: pending[start..<end], as: UTF8.self)
            }
            // A last line without an end was cut short: it says nothing.
            guard refill() else { return nil }
        }
    }

    /// The next `count` bytes; `nil` if it does not print as many.
    mutating func bytes(_ count: Int) -> [UInt8]? {
        while pending.count - start < count { guard refill() else { return nil } }
        defer { start += count }
        return Array(pending[start..<(start + count)])
    }

    /// Waits for more, and says whether some came.
    private mutating func refill() -> Bool {
        pending.removeSubrange(..<start)
        start = 0
        var block = [UInt8](repeating: 0, count: ReadingProcess.blockBytes)
        while true {
            let count = read(pipe, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            pending += block[..<count]
            return true
        }
    }

    /// Waits until it has ended.
    consuming func end() -> End {
        close(pipe)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    private static func failure(_ code: Int32) -> LogError {
        .broken("no process to read in can be started: \(String(cString: strerror(code)))")
    }

    private static func spawn(
        _ arguments: [String], output: Int32, _ id: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        // LMDB's last words are no report.
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // When we are gone, its next line ends it.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

        // A crash is expected here, and needs no account of itself.
        var environment = ProcessInfo.processInfo.environment
        environment["SWIFT_BACKTRACE"] = "enable=no"
        var texts = (["daybook-replay"] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in texts + variables { free(text) } }
        return posix_spawn(&id, "/proc/self/exe", &actions, &attributes, &texts, &variables)
    }
}

// A child process of the same program that reads the log: LMDB trusts the pages of a file, and a torn page can
// kill the process that reads it. The results come through a pipe, line by line.

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
    /// Bytes received and not consumed yet: `pending` from `start` on.
    private var pending: [UInt8] = []
    private var start = 0

    private static let blockBytes = 1 << 16

    /// Starts the process. Throws `broken` if that fails.
    init(arguments: [String]) throws(LogError) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw ReadingProcess.failure(errno) }
        // If the child inherited our end of the pipe, it would not end when we do.
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

    /// The next line of its output, without the newline; `nil` at the end.
    mutating func line() -> String? {
        while true {
            if let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return String(decoding: pending[start..<end], as: UTF8.self)
            }
            // A last line without a newline was cut off and is ignored.
            guard refill() else { return nil }
        }
    }

    /// The next `count` bytes of its output; `nil` if there are fewer.
    mutating func bytes(_ count: Int) -> [UInt8]? {
        while pending.count - start < count { guard refill() else { return nil } }
        defer { start += count }
        return Array(pending[start..<(start + count)])
    }

    /// Waits for more output. False at the end.
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

    /// Waits until the process has ended.
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
        // Messages of a crashing LMDB are not shown.
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // When we have ended, the child's next write kills it with SIGPIPE.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

        // A crash is expected here and needs no backtrace.
        var environment = ProcessInfo.processInfo.environment
        environment["SWIFT_BACKTRACE"] = "enable=no"
        var texts = (["daybook-replay"] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in texts + variables { free(text) } }
        return posix_spawn(&id, "/proc/self/exe", &actions, &attributes, &texts, &variables)
    }
}

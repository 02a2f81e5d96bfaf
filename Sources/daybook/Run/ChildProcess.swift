// A child process: in its own process group, so that a signal also reaches the processes it starts;
// without Daybook's descriptors except the pipes it prints to; with signals and the descriptor
// limit as a shell passes them on.

import Dispatch
import Glibc
import Operations
import Synchronization

final class ChildProcess: Sendable {
    let id: pid_t
    /// Whether its process id may have been reused.
    private let isGone = Mutex(false)
    /// Ends when every process holding its pipes has ended.
    private let lines: AsyncStream<Void>

    /// Throws if there is no such command. Its lines go to the same streams as Daybook's, after
    /// `prefix`.
    init(_ command: [String], environment: [String], prefix: String) throws(Failure) {
        let outputs = try ChildProcess.pipe()
        let errors = try ChildProcess.pipe()
        defer {
            close(outputs.write)
            close(errors.write)
        }
        do throws(Failure) {
            id = try ChildProcess.spawn(command, environment, outputs.write, errors.write)
        } catch {
            close(outputs.read)
            close(errors.read)
            throw error
        }
        let printing = DispatchGroup()
        let (lines, newLine) = AsyncStream<Void>.makeStream()
        self.lines = lines
        for (source, target) in [(outputs.read, STDOUT_FILENO), (errors.read, STDERR_FILENO)] {
            DispatchQueue(label: "lines of the app").async(group: printing) {
                LineCopy(from: source, to: target, prefix: prefix).run()
            }
        }
        printing.notify(queue: .global()) { newLine.finish() }
    }

    /// Sends a signal to it and to all processes it has started, as long as it lives.
    func signal(_ number: Int32) {
        isGone.withLock { if !$0 { kill(-id, number) } }
    }

    /// Waits until it ends, and kills what it has started. Returns its exit code, or 128 plus the
    /// number of the signal that ended it.
    func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "end of the app").async { [self] in
                continuation.resume(returning: waitForEnd())
            }
        }
    }

    private func waitForEnd() -> Int32 {
        waitUntilItHasEnded()
        isGone.withLock {
            kill(-id, SIGKILL)
            $0 = true
        }
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// It is not reaped, so that its process id still names its group. As process 1 of a container
    /// Daybook is also the parent of every orphan, and reaps it.
    private func waitUntilItHasEnded() {
        let which = getpid() == 1 ? (P_ALL, 0) : (P_PID, id_t(id))
        while true {
            var information = siginfo_t()
            guard waitid(which.0, which.1, &information, WEXITED | WNOWAIT) == 0 else {
                if errno == EINTR { continue }
                return
            }
            let ended = information._sifields._sigchld.si_pid
            if ended == id { return }
            waitpid(ended, nil, 0)
        }
    }

    /// Waits until everything printed has been shown, for at most `duration`.
    func lastLines(for duration: Duration) async {
        await withTaskGroup { group in
            group.addTask { for await _ in self.lines {} }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }

    private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 })
        else {
            let reason = "cannot make a pipe: \(String(cString: strerror(errno)))"
            throw Failure(code: Failure.inputOutput, reason: reason)
        }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ command: [String], _ environment: [String], _ output: Int32, _ error: Int32
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO)
        try closeOthers(&actions)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var id: pid_t = 0
        let code = DescriptorLimit.withFirst {
            posix_spawnp(
                &id, arguments[0] ?? strdup(""), &actions, &attributes, &arguments, &variables)
        }
        guard code == 0 else {
            throw Failure(
                code: code == ENOENT ? Failure.noCommand : Failure.cannotRun,
                reason: "cannot run \(command[0]): \(String(cString: strerror(code)))")
        }
        return id
    }
}

extension ChildProcess {
    private typealias CloseFrom =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    /// Exec closes the lock and the log; this closes everything else, whoever opened it. The
    /// function is in glibc 2.34, but its headers hide it from Swift.
    private static func closeOthers(
        _ actions: inout posix_spawn_file_actions_t
    ) throws(Failure) {
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
            throw Failure(code: Failure.cannotRun, reason: "run needs glibc 2.34 or newer")
        }
        let closeFrom = unsafeBitCast(symbol, to: CloseFrom.self)
        _ = closeFrom(&actions, STDERR_FILENO + 1)
    }
}

/// Copies input line by line, each after a prefix.
private struct LineCopy {
    private static let lineBytesMax = 1 << 16

    let source: Int32
    let target: Int32
    let prefix: [UInt8]

    init(from source: Int32, to target: Int32, prefix: String) {
        self.source = source
        self.target = target
        self.prefix = Array(prefix.utf8)
    }

    /// Runs until the end of the input; the last line gets a line end if it has none.
    func run() {
        defer { close(source) }
        var block = [UInt8](repeating: 0, count: LineCopy.lineBytesMax)
        var line: [UInt8] = []
        while true {
            let count = read(source, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            var whole: [UInt8] = []
            for byte in block[..<count] {
                line.append(byte)
                guard byte == UInt8(ascii: "\n") || line.count == LineCopy.lineBytesMax else {
                    continue
                }
                take(&line, into: &whole)
            }
            Descriptor.write(whole, to: target)
        }
        var rest: [UInt8] = []
        if !line.isEmpty { take(&line, into: &rest) }
        Descriptor.write(rest, to: target)
    }

    private func take(_ line: inout [UInt8], into whole: inout [UInt8]) {
        whole += prefix
        whole += line
        if line.last != UInt8(ascii: "\n") { whole.append(UInt8(ascii: "\n")) }
        line = []
    }
}

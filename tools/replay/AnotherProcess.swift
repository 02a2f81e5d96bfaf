// LMDB tells readers apart by their process ids, which several containers that share a volume count
// from 1 each. A reader whose id is taken becomes another process, with the next id.

import EventLog
import Glibc
import LMDBLog
import Synchronization

enum AnotherProcess {
    private static let variable = "DAYBOOK_REPLAY_PROCESSES"
    private static let processesMax = 50
    private static let child = Atomic<pid_t>(0)

    /// Opens the log for reading, in another process if that is needed: then it does not return.
    static func openLog(in directory: String) throws(LogError) -> LMDBReader {
        do {
            return try LMDBReader(directory: directory)
        } catch {
            if case .locked = error { takeOver() }
            throw error
        }
    }

    /// Runs the program again in another process and ends as that does. Returns if that was tried
    /// too often already, or fails.
    static func takeOver() {
        let count = getenv(variable).flatMap { Int(String(cString: $0)) } ?? 0
        guard count < processesMax else { return }
        setenv(variable, "\(count + 1)", 1)
        let forwarded = [SIGTERM, SIGINT, SIGHUP, SIGQUIT]
        // They wait until there is a process to forward them to.
        var (blocked, before) = (sigset_t(), sigset_t())
        sigemptyset(&blocked)
        for number in forwarded { sigaddset(&blocked, number) }
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        guard let id = start(withMask: before) else { return }
        child.store(id, ordering: .relaxed)
        for number in forwarded {
            signal(number) { kill(AnotherProcess.child.load(ordering: .relaxed), $0) }
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        // Not by exit: the log is being opened.
        _exit(signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
    }

    private static func start(withMask mask: sigset_t) -> pid_t? {
        var (id, mask) = (pid_t(0), mask)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let code = posix_spawn(
            &id, "/proc/self/exe", nil, &attributes, CommandLine.unsafeArgv, environ)
        return code == 0 ? id : nil
    }
}

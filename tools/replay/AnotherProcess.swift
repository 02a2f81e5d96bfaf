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
        var id: pid_t = 0
        guard
            posix_spawn(&id, "/proc/self/exe", nil, nil, CommandLine.unsafeArgv, environ) == 0
        else { return }
        child.store(id, ordering: .relaxed)
        for number in [SIGTERM, SIGINT, SIGHUP, SIGQUIT] {
            signal(number) { kill(AnotherProcess.child.load(ordering: .relaxed), $0) }
        }
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        // Not by exit: the log is being opened.
        _exit(signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
    }
}

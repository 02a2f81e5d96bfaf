// How a copy ends early: on a signal, which it notices between two turns and then cleans up, or by a crash of
// LMDB on a damaged page.

import Glibc
import Synchronization

enum CopySignals {
    private static let asked = Atomic<Int32>(0)

    /// Whether the process was asked to stop.
    static var isAskedToStop: Bool { asked.load(ordering: .relaxed) != 0 }

    /// From now on SIGINT and SIGTERM only request a stop, and signals caused by a damaged page are
    /// reported as damage.
    static func watch() {
        // Initialised now, because a signal handler must not do it.
        _ = isAskedToStop
        for ask in [SIGINT, SIGTERM] {
            signal(ask) { number in CopySignals.asked.store(number, ordering: .relaxed) }
        }
        for fault in [SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
            signal(fault) { _ in
                let notice: StaticString = """
                    daybook-replay: the log is damaged: LMDB could not read it; verify says how \
                    far it is sound. TARGET.unfinished is left behind

                    """
                // A signal handler may do nothing else, and a failure cannot be reported.
                _ = write(STDERR_FILENO, notice.utf8Start, notice.utf8CodeUnitCount)
                _exit(ReplayExit.damaged.rawValue)
            }
        }
    }

    /// Ends the process by the signal itself, so that a shell sees it.
    static func stop() -> Never {
        let number = asked.load(ordering: .relaxed)
        signal(number, SIG_DFL)
        raise(number)
        // The signal is blocked by the parent process.
        Glibc.exit(128 + number)
    }
}

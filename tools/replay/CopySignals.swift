// How a copy ends before its time: asked to, which it notices between two turns and cleans up, or
// by a page of the log that LMDB does not survive.

import Glibc
import Synchronization

enum CopySignals {
    private static let asked = Atomic<Int32>(0)

    /// Whether the process was told to stop.
    static var isAskedToStop: Bool { asked.load(ordering: .relaxed) != 0 }

    /// From now on SIGINT and SIGTERM only ask, and the signals a damaged page ends in are damage.
    static func watch() {
        // Made now: a handler must not be the first to touch it.
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
                // Nothing else is allowed here, and nobody is left to tell of a failure.
                _ = write(STDERR_FILENO, notice.utf8Start, notice.utf8CodeUnitCount)
                _exit(ReplayExit.damaged.rawValue)
            }
        }
    }

    /// Ends the process as if the signal had never been caught, so that a shell can tell.
    static func stop() -> Never {
        let number = asked.load(ordering: .relaxed)
        signal(number, SIG_DFL)
        raise(number)
        // Blocked by whoever started us.
        Glibc.exit(128 + number)
    }
}

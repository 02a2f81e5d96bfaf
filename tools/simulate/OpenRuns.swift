// The runs being simulated, by thread. A broken invariant ends the process on the thread that found it; the
// command that repeats its run is printed first.

import Foundation
import Synchronization

enum OpenRuns {
    private static let lines = Mutex<[pthread_t: String]>([:])

    /// Until `end` this thread simulates the run that the command `line` repeats.
    static func begin(_ line: String) { lines.withLock { $0[pthread_self()] = line } }

    static func end() { lines.withLock { $0[pthread_self()] = nil } }

    /// On a broken invariant the runtime traps. The thread that trapped was simulating, so neither in
    /// `begin` nor in `end`: the lock is free, or another thread will release it.
    static func printWhenTrapped() {
        for trap in [SIGILL, SIGTRAP, SIGABRT] {
            _ = signal(trap) { trap in
                if let line = OpenRuns.lines.withLock({ $0[pthread_self()] }) { print(line) }
                fflush(nil)
                // The trap is raised again when this returns, and ends the process.
                _ = signal(trap, SIG_DFL)
            }
        }
    }
}

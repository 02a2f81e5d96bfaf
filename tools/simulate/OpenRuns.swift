// The stories being told, by the thread that tells each. A broken invariant ends the process on the
// very thread that found it; the line that repeats its story is printed first.

import Foundation
import Synchronization

enum OpenRuns {
    private static let lines = Mutex<[pthread_t: String]>([:])

    /// Until `end` this thread tells the story that `line` repeats.
    static func begin(_ line: String) { lines.withLock { $0[pthread_self()] = line } }

    static func end() { lines.withLock { $0[pthread_self()] = nil } }

    /// What the runtime does on a broken invariant is a trap. The thread that trapped was in its
    /// story, so neither in `begin` nor in `end`: the lock is free, or another thread frees it.
    static func printWhenTrapped() {
        for trap in [SIGILL, SIGTRAP, SIGABRT] {
            _ = signal(trap) { trap in
                if let line = OpenRuns.lines.withLock({ $0[pthread_self()] }) { print(line) }
                fflush(nil)
                // The trap comes again when this returns, and ends the process.
                _ = signal(trap, SIG_DFL)
            }
        }
    }
}

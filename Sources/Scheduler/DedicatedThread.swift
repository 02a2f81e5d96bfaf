// Threads of our own: the writer's, those that read the log beside it, and one for a checkpoint while
// it is written. A write transaction of LMDB committed on another thread than it began on returns
// success and hangs the next one for ever, so no second thread writes; and a commit that blocks must
// not block a pool, nor may the long file of a checkpoint.

import Glibc

enum DedicatedThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread, which ends with it. False if the system gives no thread.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let argument = Unmanaged.passRetained(Body(body)).toOpaque()
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                // Safe because `start` passed exactly one retained Body; taking it twice would free
                // it too early.
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, argument)
        guard status == 0 else {
            Unmanaged<Body>.fromOpaque(argument).release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

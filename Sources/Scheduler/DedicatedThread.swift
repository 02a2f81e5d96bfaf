// Dedicated threads: for the writer, for reading the log beside it, and for writing checkpoints and bases. If a
// write transaction of LMDB is committed on another thread than it began on, the commit succeeds and the
// next transaction hangs forever, so only one thread writes. Commits and checkpoints block for long, so
// they must not run on a thread pool.

import Glibc

package enum DedicatedThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread that ends when `body` returns. False if no thread can be created.
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

    /// What `body` returns, which runs on a new thread; on the caller's if none can be created.
    package static func run<Value: Sendable, Failure>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withUnsafeContinuation { waiter in
            let run: @Sendable () -> Void = {
                do throws(Failure) { waiter.resume(returning: .success(try body())) } catch {
                    waiter.resume(returning: .failure(error))
                }
            }
            if !start(run) { run() }
        }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw error
        }
    }
}

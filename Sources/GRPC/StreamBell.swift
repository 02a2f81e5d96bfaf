import NIOCore
import Synchronization

/// Notifies the server's side of a stream that there is something to send. May be rung from any
/// thread, any number of times; rings while the loop is busy are combined into one.
package final class StreamBell: Sendable {
    private let loop: any EventLoop
    private let heard: NIOLoopBound<() -> Void>
    private let timer = Mutex<Scheduled<Void>?>(nil)
    private let isRung = Atomic<Bool>(false)

    init(on loop: any EventLoop, _ heard: @escaping () -> Void) {
        self.loop = loop
        self.heard = NIOLoopBound(heard, eventLoop: loop)
    }

    package func ring() {
        guard !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.execute {
            self.isRung.store(false, ordering: .releasing)
            self.heard.value()
        }
    }

    /// Rings later. Only the last of such calls counts.
    package func ring(after delay: Duration) {
        // Not before: whoever asked for it compares with a clock.
        let task = loop.scheduleTask(in: TimeAmount(delay) + .milliseconds(1)) { self.ring() }
        timer.withLock { timer in
            timer?.cancel()
            timer = task
        }
    }

    /// Forgets what was to ring later.
    package func silence() {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
    }
}

import NIOCore
import Synchronization

/// Notifies the server's side of a stream that there is something to send. May be rung from any
/// thread, any number of times; rings while the loop is busy are combined into one.
package final class StreamBell: Sendable {
    private let loop: any EventLoop
    private let heard: NIOLoopBound<() -> Void>
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
}

import NIOCore
import Synchronization

/// Says to the server's side of a stream that there is something to be sent. Rung from any thread, as often
/// as there is; what was rung for while the loop was busy is one.
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

import Listeners
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@Suite("Bytes that clients have not taken")
struct UnsentBytesTests {
    private static let part = ListenerLimits.unsentPartBytes

    private final class Told: Sendable {
        let isClosed = Atomic(false)
    }

    /// A client, and what was written for it.
    private final class Client {
        let holder: UnsentBytes.Holder
        private let loop: EmbeddedEventLoop
        private var parts: [EventLoopPromise<Void>] = []
        private let isTold: Told

        init(of unsent: UnsentBytes, on loop: EmbeddedEventLoop) {
            self.loop = loop
            let told = Told()
            isTold = told
            holder = unsent.holder { told.isClosed.store(true, ordering: .relaxed) }
        }

        var isClosed: Bool { isTold.isClosed.load(ordering: .relaxed) }

        func send(_ count: Int) {
            holder.write(ByteBuffer(repeating: 0, count: count), on: loop, promise: nil) {
                parts.append($1 ?? loop.makePromise())
            }
        }

        /// Takes so many parts.
        func take(_ count: Int = 1) {
            for _ in 0..<count { parts.removeFirst().succeed(()) }
        }

        func fail() {
            while !parts.isEmpty { parts.removeFirst().fail(ChannelError.ioOnClosedChannel) }
        }

        var partCount: Int { parts.count }
    }

    private let loop = EmbeddedEventLoop()

    private func look() { loop.advanceTime(by: ListenerLimits.unsentLookAfter) }

    @Test("what is written counts until its last part was taken, as the parts share one buffer")
    func written() {
        let unsent = UnsentBytes(bytesMax: 1_000_000)
        let client = Client(of: unsent, on: loop)
        // What is written has two parts and a byte; its buffer is as large as a power of two.
        client.send(2 * Self.part + 1)
        client.send(16)
        #expect(client.partCount == 4)
        #expect(unsent.byteCount == 4 * Self.part + 16)
        client.take(2)
        #expect(unsent.byteCount == 4 * Self.part + 16)
        client.take()
        #expect(unsent.byteCount == 16)
        client.take()
        #expect(unsent.byteCount == 0)
    }

    @Test("what fails, because its connection was closed, counts no more")
    func failed() {
        let unsent = UnsentBytes(bytesMax: 1_000_000)
        let client = Client(of: unsent, on: loop)
        client.send(3 * Self.part)
        client.send(10)
        client.take()
        client.fail()
        #expect(unsent.byteCount == 0)
        client.send(8)
        #expect(unsent.byteCount == 8)
    }

    @Test(
        "at the bound nobody is closed; a byte beyond, who is furthest behind, until it holds"
    )
    func bound() {
        let unsent = UnsentBytes(bytesMax: 384)
        let clients = (0..<3).map { _ in
            loop.advanceTime(by: .milliseconds(1))
            return Client(of: unsent, on: loop)
        }
        for client in clients {
            client.send(128)
            loop.advanceTime(by: .milliseconds(1))
        }
        look()
        #expect(clients.map(\.isClosed) == [false, false, false])
        clients[2].send(1)
        #expect(clients.map(\.isClosed) == [false, false, false])
        look()
        #expect(clients.map(\.isClosed) == [true, false, false])
        #expect(unsent.closings == 1)
        // It is not chosen again while it closes, and its bytes are there until it has.
        #expect(unsent.byteCount == 385)
        clients[2].send(64)
        look()
        #expect(clients.map(\.isClosed) == [true, false, false])
        clients[0].fail()
        #expect(unsent.byteCount == 321)
    }

    @Test(
        "who takes what it is sent at once, or goes on reading, is not closed for those who do not")
    func readers() {
        let unsent = UnsentBytes(bytesMax: 8 * Self.part)
        let (reader, silent) = (Client(of: unsent, on: loop), Client(of: unsent, on: loop))
        reader.send(4 * Self.part)
        loop.advanceTime(by: .milliseconds(900))
        silent.send(4 * Self.part)
        loop.advanceTime(by: .milliseconds(900))
        reader.take()
        let late = Client(of: unsent, on: loop)
        late.send(10)
        late.take()
        look()
        #expect([reader, silent, late].map(\.isClosed) == [false, false, false])
        late.send(10)
        look()
        #expect([reader, silent, late].map(\.isClosed) == [false, true, false])
    }

    @Test("who takes a part now and then falls behind those that come later")
    func trickle() {
        let unsent = UnsentBytes(bytesMax: 4 * Self.part)
        let slow = Client(of: unsent, on: loop)
        slow.send(4 * Self.part)
        for _ in 0..<3 {
            loop.advanceTime(by: .seconds(5))
            slow.take()
        }
        let late = Client(of: unsent, on: loop)
        loop.advanceTime(by: .seconds(1))
        late.send(1)
        look()
        #expect([slow, late].map(\.isClosed) == [true, false])
    }

    @Test("a quarter above the bound nobody is waited for, not even who writes just then")
    func quarter() {
        let told = Mutex(0)
        let unsent = UnsentBytes(bytesMax: 512) { count in told.withLock { $0 += count } }
        let client = Client(of: unsent, on: loop)
        client.send(512)
        client.send(128)
        #expect(!client.isClosed)
        client.send(1)
        #expect(client.isClosed)
        #expect(told.withLock { $0 } == 1)
        client.fail()
        #expect(unsent.byteCount == 0)
    }
}

import DaprGRPC
import Synchronization
import Testing

@Suite("The health of a server over gRPC") struct ServerHealthTests {
    @Test("it is what the readiness says, at every look, until the stop begins") func readiness() {
        let isReady = Atomic(false)
        let health = ServerHealth { isReady.load(ordering: .relaxed) }
        #expect(!health.look())
        isReady.store(true, ordering: .relaxed)
        #expect(health.look())
        isReady.store(false, ordering: .relaxed)
        #expect(!health.look())
        isReady.store(true, ordering: .relaxed)
        #expect(health.look())
        health.beginStopping()
        #expect(!health.look(), "it is ready still, and stops")
    }
}

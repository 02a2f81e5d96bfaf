import Operations
import Testing

@Suite("The limit of open descriptors")
struct DescriptorTests {
    private func count(listeners: [Int], replicas: [Int], processors: Int = 2) -> Int {
        DescriptorNeed(listeners: listeners, replicas: replicas, processors: processors).count
    }

    @Test("is enough, as Linux sets it, for all listeners of one app and a replica of it")
    func usual() {
        #expect(count(listeners: [512, 512, 2_048], replicas: [128], processors: 64) <= 4_096)
    }

    @Test("covers every connection of a listener, and every one to a replica")
    func parts() {
        let nothing = count(listeners: [], replicas: [])
        #expect(count(listeners: [512, 2_048], replicas: []) == nothing + 513 + 2_049)
        #expect(count(listeners: [], replicas: [2_000, 2]) == nothing + 2_002 + 2 * 4)
        #expect(count(listeners: [], replicas: [], processors: 3) > nothing)
    }
}

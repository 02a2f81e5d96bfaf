import Operations
import Testing

@Suite("The limit of open descriptors")
struct DescriptorTests {
    private func count(listeners: Int, windows: [Int], processors: Int = 2) -> Int {
        DescriptorNeed(
            listeners: listeners, connectionsOfListener: 512, windows: windows,
            processors: processors
        ).count
    }

    @Test("is enough, as most systems set it, for one app with a replica of the standard window")
    func usual() {
        #expect(count(listeners: 1, windows: [64], processors: 64) <= 1_024)
    }

    @Test("covers every connection of a listener, and two windows of a replica")
    func parts() {
        let nothing = count(listeners: 0, windows: [])
        #expect(count(listeners: 3, windows: []) == nothing + 3 * 513)
        #expect(count(listeners: 0, windows: [1_000, 1]) == nothing + 2 * 1_001 + 2 * 4)
        #expect(count(listeners: 0, windows: [], processors: 3) > nothing)
    }
}

import DaprGRPC
import Testing

@Suite("Sidecars at their addresses") struct SidecarHostsTests {
    private let hosts = SidecarHosts()
    private let shop = SidecarHosts.App(namespace: "default", appID: "shop")
    private let local = "ipv4:10.0.0.1:50006"

    private func mayBeReplaced(_ peer: String, of app: SidecarHosts.App? = nil) -> Bool {
        hosts.streamBegan(peer, at: local, of: app ?? shop)
    }

    @Test("a stream that precedes WatchHosts may be replaced, one that follows it stays")
    func order() {
        #expect(mayBeReplaced("ipv4:10.0.0.7:1"))
        hosts.watchBegan("ipv4:10.0.0.7:2")
        #expect(!mayBeReplaced("ipv4:10.0.0.7:3"))
        #expect(mayBeReplaced("ipv4:10.0.0.70:3"))
    }

    @Test("a stream of WatchHosts that has ended says nothing") func ended() {
        hosts.watchBegan("ipv4:10.0.0.7:2")
        hosts.watchEnded("ipv4:10.0.0.7:2")
        #expect(mayBeReplaced("ipv4:10.0.0.7:3"))
    }

    @Test("where several apps share an address, nobody knows whose WatchHosts it is") func shared()
    {
        let bank = SidecarHosts.App(namespace: "default", appID: "bank")
        hosts.watchBegan("ipv4:10.0.0.7:2")
        #expect(!mayBeReplaced("ipv4:10.0.0.7:3", of: bank))
        #expect(mayBeReplaced("ipv4:10.0.0.7:4"))
        hosts.streamEnded("ipv4:10.0.0.7:3", of: bank)
        #expect(!mayBeReplaced("ipv4:10.0.0.7:5"))
    }

    @Test("neither do two of WatchHosts, nor one from this machine") func unknown() {
        hosts.watchBegan("ipv4:10.0.0.7:2")
        hosts.watchBegan("ipv4:10.0.0.7:3")
        #expect(mayBeReplaced("ipv4:10.0.0.7:4"))
        hosts.watchBegan("ipv4:10.0.0.1:2")
        #expect(mayBeReplaced("ipv4:10.0.0.1:4"))
    }

    @Test("addresses of IPv6 are told apart by all but the port") func longAddresses() {
        hosts.watchBegan("ipv6:[fd00::7]:2")
        #expect(!mayBeReplaced("ipv6:[fd00::7]:3"))
        #expect(mayBeReplaced("ipv6:[fd00::8]:3"))
    }
}

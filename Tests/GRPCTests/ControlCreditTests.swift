import GRPC
import NIOCore
import Testing

@Suite("What a connection may cost beside its calls")
struct ControlCreditTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func frame(_ kind: FrameHeader.Kind?, _ flags: UInt8 = 0, _ length: Int = 0)
        -> FrameHeader
    {
        FrameHeader(kind: kind, flags: flags, streamID: 1, length: length)
    }

    @Test("who is sent data may ping once for each frame of it, without end")
    func pings() {
        var credit = ControlCredit(at: start)
        let all = (0..<1_000_000).allSatisfy { _ in
            credit.earn()
            // A ping and an update of both windows.
            return credit.spend(3, at: start)
        }
        #expect(all)
    }

    @Test("who is sent nothing may send some at once, and then as many as time brings")
    func flood() {
        var credit = ControlCredit(at: start)
        let atOnce = (0..<1_000_000).prefix { _ in credit.spend(1, at: start) }.count
        #expect(atOnce == 5_000)
        let afterASecond = (0..<1_000_000).prefix { _ in
            credit.spend(1, at: start + .seconds(1))
        }.count
        #expect((990...1_000).contains(afterASecond))
        let afterAnHour = (0..<1_000_000).prefix { _ in
            credit.spend(1, at: start + .hours(1))
        }.count
        #expect((5_000...5_001).contains(afterAnHour))
    }

    @Test("frames of calls cost nothing, or little that an answer pays back; a reset costs most")
    func costs() {
        #expect(ControlCredit.cost(of: frame(.headers, 0, 1_000)) == 1)
        #expect(ControlCredit.cost(of: frame(.settings, 0, 12_000)) == 188)
        #expect(ControlCredit.cost(of: frame(.data, 0, 1)) == 0)
        #expect(ControlCredit.cost(of: frame(.data, FrameHeader.endStream)) == 0)
        for kind in [.data, .ping, .settings, .windowUpdate, .continuation, .priority, nil]
            as [FrameHeader.Kind?]
        {
            #expect(ControlCredit.cost(of: frame(kind)) == 1)
        }
        #expect(ControlCredit.cost(of: frame(.reset, 0, 4)) == 10)
    }
}

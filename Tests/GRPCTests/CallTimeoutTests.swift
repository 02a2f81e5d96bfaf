import GRPC
import NIOCore
import Testing

@Suite("The timeout of a call")
struct CallTimeoutTests {
    @Test(
        "one to eight digits and a unit",
        arguments: [
            ("0n", TimeAmount.zero), ("1n", .nanoseconds(1)), ("15u", .microseconds(15)),
            ("20m", .milliseconds(20)), ("1S", .seconds(1)), ("2M", .minutes(2)), ("3H", .hours(3)),
            ("99999999n", .nanoseconds(99_999_999)), ("00000001S", .seconds(1)),
        ])
    func read(text: String, timeout: TimeAmount) {
        #expect(CallTimeout.parse(text) == timeout)
    }

    @Test("the longest is a hundred years", arguments: ["99999999H", "99999999M"])
    func longest(text: String) {
        #expect(CallTimeout.parse(text) == .hours(100 * 365 * 24))
    }

    @Test(
        "anything else is none",
        arguments: [
            "", "S", "1", "-1S", "+5S", "-0S", "1x", "1s", "1 S", " 1S", "1.5S", "100000000S",
            "000000001H", "１S", "1S\u{301}", "1HH", "\u{0}1S",
        ])
    func refused(text: String) {
        #expect(CallTimeout.parse(text) == nil)
    }
}

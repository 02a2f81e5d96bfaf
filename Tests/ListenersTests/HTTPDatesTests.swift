import Listeners
import Testing

@Suite("The date of an HTTP answer")
struct HTTPDatesTests {
    private let dates = HTTPDates()

    @Test(
        "is in the form of RFC 9110",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
            (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        ])
    func form(_ second: Int, _ text: String) {
        #expect(dates.text(at: second) == text)
    }

    @Test("follows the clock, forwards and back")
    func follows() {
        #expect(dates.text(at: 59) == "Thu, 01 Jan 1970 00:00:59 GMT")
        #expect(dates.text(at: 60) == "Thu, 01 Jan 1970 00:01:00 GMT")
        #expect(dates.text(at: 59) == "Thu, 01 Jan 1970 00:00:59 GMT")
    }
}

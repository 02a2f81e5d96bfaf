import DaprAPI
import EventLog
import Testing

@Suite("Texts for logs and headers")
struct TextTests {
    @Test(
        "nothing that could deceive a reader of the log gets through",
        arguments: [
            ("plain name-1.x|y", "plain name-1.x|y"), ("café 日本 😀", "café 日本 😀"),
            ("a\nb\r\t", "a\\u{a}b\\u{d}\\u{9}"), ("\u{1B}[31mred", "\\u{1b}[31mred"),
            ("\u{7F}\u{9B}31m", "\\u{7f}\\u{9b}31m"), ("a\u{202E}txt", "a\\u{202e}txt"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("\u{200B}\u{FEFF}", "\\u{200b}\\u{feff}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{E000}", "\\u{e000}"),
        ])
    func escaping(text: String, shown: String) {
        #expect(LogText.escaped(text) == shown)
        #expect(LogText.escaped(shown) == shown)
    }

    @Test("a long text is cut at a whole character")
    func cutting() {
        #expect(LogText.escaped("abcd", limit: 4) == "abcd")
        #expect(LogText.escaped("abcde", limit: 4) == "abcd…")
        #expect(LogText.escaped("abcé", limit: 4) == "abc…")
    }

    @Test(
        "an instant is RFC 3339 with as many decimals as it takes",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.000000001Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"), (1_500_000_000, "1970-01-01T00:00:01.5Z"),
            (1_795_327_445_120_000_000, "2026-11-22T06:04:05.12Z"),
            (Int64.max, "2262-04-11T23:47:16.854775807Z"),
            (Int64.min, "1677-09-21T00:12:43.145224192Z"),
        ] as [(Int64, String)])
    func instants(nanoseconds: Int64, text: String) {
        #expect(RFC3339.text(of: Timestamp(nanoseconds: nanoseconds)) == text)
    }

    @Test("a trace id is new each time and never all zeros")
    func traces() {
        var zeros = Zeros()
        let smallest = AppRequest.traceparent(using: &zeros)
        #expect(smallest == "00-00000000000000010000000000000001-0000000000000001-01")
        var random = SystemRandomNumberGenerator()
        let traces = (0..<100).map { _ in AppRequest.traceparent(using: &random) }
        #expect(Set(traces).count == 100)
        #expect(traces.allSatisfy { $0.count == 55 && $0.hasPrefix("00-") && $0.hasSuffix("-01") })
    }

    private struct Zeros: RandomNumberGenerator {
        mutating func next() -> UInt64 { 0 }
    }
}

import DaprAPI
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

    @Test("a trace id is new each time and never all zeros")
    func traces() {
        let smallest = TriggerMetadata.traceparent { 0 }
        #expect(smallest == "00-00000000000000010000000000000001-0000000000000001-01")
        let traces = (0..<100).map { _ in TriggerMetadata.traceparent() }
        #expect(Set(traces).count == 100)
        #expect(traces.allSatisfy { $0.count == 55 && $0.hasPrefix("00-") && $0.hasSuffix("-01") })
    }
}

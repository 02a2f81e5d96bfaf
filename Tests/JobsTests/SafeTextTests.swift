import Jobs
import Testing

@Suite("Text from outside")
struct SafeTextTests {
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
        #expect(SafeText.escaped(text) == shown)
        #expect(SafeText.escaped(shown) == shown)
    }

    @Test("a long text is cut at a whole character")
    func cutting() {
        #expect(SafeText.escaped("abcd", limit: 4) == "abcd")
        #expect(SafeText.escaped("abcde", limit: 4) == "abcd…")
        #expect(SafeText.escaped("abcé", limit: 4) == "abc…")
    }

    @Test("a line shows 256 bytes of a text unless it says otherwise")
    func standard() {
        let fits = String(repeating: "a", count: SafeText.shownBytesMax)
        #expect(SafeText.shown(fits) == fits)
        #expect(SafeText.shown(fits + "a") == fits + "…")
        #expect(SafeText.shown("abcde", limit: 4) == "abcd…")
    }
}

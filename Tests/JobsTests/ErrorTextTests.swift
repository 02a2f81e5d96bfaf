import Jobs
import Testing

@Suite("What an app says of a failure")
struct ErrorTextTests {
    private func text(
        _ bytes: some Collection<UInt8>, salt: (UInt64, UInt64) = (1, 2)
    ) -> ErrorText? {
        ErrorText(bytes, salt: salt)
    }

    @Test("comes back from its stored form, salt and all")
    func stored() throws {
        let text = try #require(self.text("no such table: orders".utf8))
        #expect(ErrorText(stored: text.stored) == text)
        #expect(text.stored.count == 16 + 21)
        #expect(text.digest == ErrorDigest(of: text.stored))
        #expect(text.digest.bytes.count == ErrorDigest.size)
    }

    @Test("has another digest with another salt, so that a digest confirms no guess")
    func salt() throws {
        let texts = [(1, 2), (2, 1), (1, 3)].compactMap { text("secret".utf8, salt: $0) }
        #expect(Set(texts.map { $0.digest.bytes }).count == 3)
        #expect(Set(texts.map(\.text)) == ["secret"])
    }

    @Test("has at most 512 bytes, and no part of a character")
    func long() throws {
        #expect(text(String(repeating: "x", count: 600).utf8)?.text.utf8.count == 512)
        // Of four bytes each, after one: the last of 128 does not fit.
        let faces = try #require(text(("x" + String(repeating: "😀", count: 200)).utf8))
        #expect(faces.text.utf8.count <= 512)
        #expect(faces.text.hasPrefix("x" + String(repeating: "😀", count: 127)))
        // Each becomes three.
        let broken = try #require(text([UInt8](repeating: 0xFF, count: 512)))
        #expect(broken.text == String(repeating: "\u{FFFD}", count: 170))
        #expect(ErrorText(stored: broken.stored) == broken)
    }

    @Test("is nothing if there is only white space", arguments: ["", " \n", "\r\n\t"])
    func empty(_ said: String) {
        #expect(text(said.utf8) == nil)
        #expect(text("wrong\(said)".utf8)?.text == "wrong")
    }

    @Test("a stored form that cannot be one")
    func damaged() {
        let salt = [UInt8](repeating: 0, count: 16)
        #expect(ErrorText(stored: salt) == nil)
        #expect(ErrorText(stored: salt + [0xFF]) == nil)
        #expect(ErrorText(stored: salt + [UInt8](repeating: 0x61, count: 513)) == nil)
        #expect(ErrorText(stored: Array(salt.dropLast())) == nil)
    }
}

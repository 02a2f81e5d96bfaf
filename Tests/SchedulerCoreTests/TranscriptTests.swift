import Foundation
import Testing

/// Transcripts of scenarios, written by the machine itself. `UPDATE_TRANSCRIPTS=1` rewrites them; a changed line
/// needs a reason.
@Suite("Transcripts") struct TranscriptTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Transcripts")

    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (files ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }()

    @Test("the machine still reacts as the transcript says", arguments: names)
    func story(_ name: String) throws {
        let file = Self.folder.appendingPathComponent(name)
        let written = try String(contentsOf: file, encoding: .utf8)
        let told = try retell(written)
        if ProcessInfo.processInfo.environment["UPDATE_TRANSCRIPTS"] == "1" {
            try told.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(told == written)
        }
    }

    @Test("there are transcripts, and each begins with what it is about") func purposes() throws {
        #expect(Self.names.count >= 10)
        for name in Self.names {
            let file = Self.folder.appendingPathComponent(name)
            let written = try String(contentsOf: file, encoding: .utf8)
            #expect(written.hasPrefix("# "), "\(name)")
        }
    }

    /// The commands and remarks of `text`, each command followed by the machine's current reaction. Reactions are
    /// the indented lines.
    private func retell(_ text: String) throws -> String {
        var scenario = try Scenario.blank()
        var told: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("  ") { continue }
            told.append(String(line))
            if line.isEmpty || line.hasPrefix("#") { continue }
            told += try scenario.run(String(line)).map { "          \($0)" }
        }
        return told.joined(separator: "\n") + "\n"
    }
}

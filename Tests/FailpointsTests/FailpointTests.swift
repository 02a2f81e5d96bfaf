import Failpoints
import Foundation
import Testing

@Suite("Failpoints")
struct FailpointTests {
    @Test("a name alone means the first pass")
    func nameAlone() throws {
        let armed = try ArmedFailpoint("turn-committed")
        #expect(armed.point == .turnCommitted)
        #expect(armed.pass == 1)
        #expect(armed == (try ArmedFailpoint("turn-committed@1")))
    }

    @Test("a name with a number means that pass")
    func nameWithNumber() throws {
        let armed = try ArmedFailpoint("record-put@17")
        #expect(armed.point == .recordPut)
        #expect(armed.pass == 17)
        #expect("\(armed)" == "record-put@17")
    }

    @Test(
        "what is no failpoint is refused, and all that are one are named",
        arguments: [
            "", "@", "@1", "nowhere", "turnCommitted", "turn-committed@", "turn-committed@0",
            "turn-committed@-1", "turn-committed@x", "turn-committed@1@2", " turn-committed",
        ])
    func refused(text: String) {
        let error = #expect(throws: UnknownFailpoint.self) { try ArmedFailpoint(text) }
        let said = error?.description ?? ""
        #expect(said.contains("\"\(text)\""))
        for point in Failpoint.allCases { #expect(said.contains(point.rawValue)) }
    }

    @Test("without the variable nothing is armed, and passing a place does nothing")
    func unarmed() {
        #expect(Failpoint.armed == nil)
        for point in Failpoint.allCases { point.hit() }
    }

    @Test("every failpoint is passed in exactly one place of the code")
    func passedOnce() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let sources = root.appending(path: "Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        var code = ""
        for path in paths where path.hasSuffix(".swift") {
            code += try String(contentsOf: sources.appending(path: path), encoding: .utf8)
        }
        for point in Failpoint.allCases {
            let places = code.components(separatedBy: "Failpoint.\(point).hit()").count - 1
            #expect(places == 1, "\(point)")
        }
    }
}

import Foundation
import Glibc
import Operations
import Telemetry
import Testing

@Suite("the program's own log: nobody waits for it")
struct LogOutputTests {
    private static func dropped(_ output: LogOutput) -> Double? {
        output.metricFamilies.first.flatMap { family in
            if case .counter(let samples) = family.series { samples.first?.value } else { nil }
        }
    }

    @Test("lines arrive in order, each once")
    func order() throws {
        let pipe = try Pipe()
        let output = LogOutput(path: pipe.path) { "\($0) were dropped\n" }
        let lines = (0..<2_000).map { "line \($0)\n" }
        for line in lines { output.write(line) }
        var read = ""
        while read.utf8.count < lines.joined().utf8.count { read += pipe.read() }
        #expect(read == lines.joined())
        #expect(LogOutputTests.dropped(output) == 0)
    }

    @Test(
        "with a pipe that nobody reads lines wait, then they are dropped, and the log says how many"
    )
    func unread() throws {
        let pipe = try Pipe()
        pipe.fill()
        let output = LogOutput(path: pipe.path) { "\($0) were dropped\n" }
        let line = String(repeating: "x", count: 1_023) + "\n"
        let sent = 3 * LogOutput.waitingBytesMax / line.utf8.count
        for _ in 0..<sent { output.write(line) }
        let dropped = try #require(LogOutputTests.dropped(output))
        #expect(dropped >= Double(sent) / 3 && dropped < Double(sent))
        // The end of the process does not wait for ever either.
        output.flush()
        var read = ""
        while !read.hasSuffix(" were dropped\n") { read += pipe.read() }
        #expect(read.hasSuffix("x\n\(Int(dropped)) were dropped\n"))
        output.write("after that\n")
        while !read.hasSuffix("after that\n") { read += pipe.read() }
    }

    @Test("lines for a pipe that nobody can read any more are counted")
    func broken() throws {
        signal(SIGPIPE, SIG_IGN)
        var pipe: Pipe? = try Pipe()
        let output = LogOutput(path: try #require(pipe).path) { "\($0) were dropped\n" }
        pipe = nil
        for _ in 0..<3 {
            output.write("a line\n")
            output.flush()
        }
        // And those that told of them.
        #expect(try #require(LogOutputTests.dropped(output)) >= 3)
    }
}

/// A named pipe that is open for reading.
private final class Pipe {
    let path = FileManager.default.temporaryDirectory.path + "/pipe-\(UUID())"
    private let descriptor: Int32

    init() throws {
        try #require(mkfifo(path, 0o600) == 0)
        descriptor = open(path, O_RDWR | O_NONBLOCK)
        try #require(descriptor >= 0)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Until not one byte more fits.
    func fill() { while Glibc.write(descriptor, "-", 1) == 1 {} }

    /// What there is now.
    func read() -> String {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&wanted, 1, 60_000)
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

import Glibc
import Jobs

/// Data of a job from a file or standard input.
enum JobsPayload {
    /// No server accepts a larger request.
    private static let bytesMax = 8 << 20

    /// The whole contents; "-" is standard input.
    static func contents(of path: String) throws(Failure) -> [UInt8] {
        if path == "-" { return try read(STDIN_FILENO, "standard input") }
        let shown = SafeText.shown(path, limit: 1_024)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(shown) }
        defer { close(descriptor) }
        return try read(descriptor, shown)
    }

    private static func read(_ descriptor: Int32, _ name: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(name) }
            if count == 0 { return bytes }
            bytes += block[..<count]
            guard bytes.count <= bytesMax else {
                throw Failure(
                    code: Failure.usage, reason: "\(name) holds more than \(bytesMax) bytes")
            }
        }
    }

    private static func unreadable(_ name: String) -> Failure {
        let reason = "cannot read \(name): \(String(cString: strerror(errno)))"
        return Failure(code: Failure.inputOutput, reason: reason)
    }
}

import Glibc
import Jobs

/// Data of a job, or jobs, from a file or standard input.
enum JobsPayload {
    /// No server accepts a larger request.
    private static let bytesMax = 8 << 20

    /// The whole contents; "-" is standard input.
    static func contents(of path: String) throws(Failure) -> [UInt8] {
        let (descriptor, name) = try open(path)
        defer { close(descriptor) }
        return try read(descriptor, name)
    }

    /// Opens a file to read, or standard input for "-"; the name is for errors.
    static func open(_ path: String) throws(Failure) -> (descriptor: Int32, name: String) {
        if path == "-" { return (dup(STDIN_FILENO), "standard input") }
        let shown = SafeText.shown(path, limit: 1_024)
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(shown) }
        return (descriptor, shown)
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

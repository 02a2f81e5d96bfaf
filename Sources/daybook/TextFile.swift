import Glibc
import Settings

/// Reads a file whole.
enum TextFile {
    private static let bytesMax = 1 << 20

    /// The text of a small file. Throws the reason why it cannot be read, without the file's name.
    static func contents(of path: String) throws(SettingsError) -> String {
        let bytes = try bytes(of: path, limit: TextFile.bytesMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError("it is not UTF-8")
        }
        return text
    }

    /// All bytes, at most `limit`.
    static func bytes(of path: String, limit: Int) throws(SettingsError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { return bytes }
            bytes += block[..<count]
            guard bytes.count <= limit else {
                throw SettingsError("it is larger than \(limit) bytes")
            }
        }
    }

    private static func failure() -> SettingsError {
        SettingsError(String(cString: strerror(errno)))
    }
}

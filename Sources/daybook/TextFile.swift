import Glibc
import Settings

/// Reads a small file whole.
enum TextFile {
    private static let bytesMax = 1 << 20

    /// Throws the reason why it cannot be read, without the file's name.
    static func contents(of path: String) throws(SettingsError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { break }
            bytes += block[..<count]
            guard bytes.count <= TextFile.bytesMax else {
                throw SettingsError("it is larger than \(TextFile.bytesMax) bytes")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError("it is not UTF-8")
        }
        return text
    }

    private static func failure() -> SettingsError {
        SettingsError(String(cString: strerror(errno)))
    }
}

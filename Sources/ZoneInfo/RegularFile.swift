import Glibc

/// The contents of a small file, if there is one.
enum RegularFile {
    case bytes([UInt8])
    /// Missing, or not a regular file: a directory, a pipe.
    case noSuchFile
    /// It exists but cannot be read because of `reason`.
    case failed(reason: String)

    /// Reads the first `bytesMax` bytes of the file at `path`. Never waits for a pipe's other end.
    static func read(_ path: String, bytesMax: Int) -> RegularFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return failure(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return failure(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .noSuchFile }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        var count = 0
        while count < bytesMax {
            let taken = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), bytesMax - count)
            }
            if taken < 0 && errno == EINTR { continue }
            guard taken >= 0 else { return failure(errno) }
            if taken == 0 { break }
            count += taken
        }
        return .bytes(Array(bytes.prefix(count)))
    }

    private static func failure(_ code: Int32) -> RegularFile {
        switch code {
        // A name too long for the file system cannot be a file's; a socket cannot be opened
        // (ENXIO).
        case ENOENT, ENOTDIR, ENAMETOOLONG, ENXIO: .noSuchFile
        default: .failed(reason: String(cString: strerror(code)))
        }
    }
}

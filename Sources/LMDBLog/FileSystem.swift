// Files and directories, with what makes them durable.

import Glibc

package enum FileSystem {
    /// The name of a file system LMDB cannot be trusted on (locks or shared mappings are not
    /// coherent there), or `nil`. `type` is statfs's f_type.
    package static func remoteName(ofType type: UInt32) -> String? {
        switch type {
        case 0x6969: "NFS"
        case 0xFF53_4D42, 0xFE53_4D42, 0x517B: "CIFS or SMB"
        case 0x0102_1997: "9p"
        case 0x6573_5546: "FUSE"
        default: nil
        }
    }

    /// The length of a file; 0 if there is none.
    static func bytes(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether the open file is the one that `path` names.
    static func `is`(_ descriptor: Int32, at path: String) -> Bool {
        var (ours, named) = (stat(), stat())
        return fstat(descriptor, &ours) == 0 && stat(path, &named) == 0
            && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino
    }

    /// Whether the group or others may replace what lies in the directory.
    package static func othersMayWrite(in path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o022 != 0
    }

    static func names(in path: String) throws(StoreFailure) -> [String] {
        guard let directory = opendir(path) else { throw .system("read directory \(path)") }
        defer { closedir(directory) }
        var names = [String]()
        while let found = readdir(directory) {
            let name = withUnsafeBytes(of: &found.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Creates `path` with mode 0700 if it is missing, and syncs its parent, so that it survives a
    /// power cut.
    static func makeDirectory(_ path: String) throws(StoreFailure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .system("make directory \(path)")
        }
        try sync(parent(of: path))
    }

    /// Removes a directory of files and of such directories.
    static func remove(_ path: String) throws(StoreFailure) {
        for name in try names(in: path) {
            let inner = "\(path)/\(name)"
            if unlink(inner) != 0 { try remove(inner) }
        }
        guard rmdir(path) == 0 else { throw .system("remove \(path)") }
    }

    /// Makes a file, and syncs it.
    static func write(_ bytes: [UInt8], to path: String) throws(StoreFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("make \(path)") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .system("write \(path)") }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw .system("sync \(path)") }
    }

    /// The bytes of a file.
    static func read(_ path: String) throws(StoreFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count >= 0 else { throw .system("read \(path)") }
            if count == 0 { return bytes }
            bytes += part[..<count]
        }
    }

    /// Copies a directory of files that nobody writes, and syncs the copy.
    static func copyDirectory(_ path: String, to target: String) throws(StoreFailure) {
        try makeDirectory(target)
        for name in try names(in: path) { try copyFile("\(path)/\(name)", to: "\(target)/\(name)") }
        try sync(target)
    }

    private static func copyFile(_ path: String, to target: String) throws(StoreFailure) {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw .system("open \(path)") }
        defer { close(source) }
        let copy = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard copy >= 0 else { throw .system("open \(target)") }
        defer { close(copy) }
        var count = 0
        repeat {
            count = sendfile(copy, source, nil, 1 << 20)
            guard count >= 0 else { throw .system("copy to \(target)") }
        } while count > 0
        guard fsync(copy) == 0 else { throw .system("sync \(target)") }
    }

    /// Makes the directory's entries durable.
    static func sync(_ path: String) throws(StoreFailure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("sync \(path)") }
    }

    static func parent(of path: String) -> String {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

// Where a copy is made. It is written as TARGET.unfinished and renamed once it is complete and
// synced, so there is never a partial copy under the name TARGET. The remains of a copy that died
// are replaced by the next copy; anything else found there is left alone.

import EventLog
import Failpoints
import Glibc

struct CopyTarget: ~Copyable {
    let path: String
    /// The copy under its unfinished name.
    let directory: DataDirectory
    /// Keeps a second copy from being made in the same place. Held until the copy has its final
    /// name.
    private let lock: LockFile

    static let unfinishedSuffix = ".unfinished"

    /// Makes an empty unfinished directory. Throws `cannotOpen` if `path` is taken, and `locked` if
    /// another copy is being made there.
    init(at path: String) throws(StoreFailure) {
        let path = try CopyTarget.withoutSlashes(path)
        try CopyTarget.refuseIfTaken(path)
        let directory = DataDirectory(path: path + CopyTarget.unfinishedSuffix)
        try directory.make()
        let lock: LockFile
        do throws(StoreFailure) {
            try CopyTarget.refuseIfForeign(directory.path)
            lock = try LockFile(at: directory.lockPath)
        } catch {
            // A directory that is not empty stays.
            rmdir(directory.path)
            throw error
        }
        do throws(StoreFailure) {
            try CopyTarget.removeLog(in: directory.path)
            // The directory is empty now; this checks that it can be used at all.
            _ = try directory.contents()
        } catch {
            CopyTarget.remove(directory)
            throw error
        }
        self.path = path
        self.directory = directory
        self.lock = lock
    }

    /// Gives the copy its final name. After return it survives a power cut.
    func finish() throws(StoreFailure) {
        try FileSystem.sync(directory.path)
        guard rename(directory.path, path) == 0 else {
            if errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR {
                throw CopyTarget.taken(path, "it was made meanwhile")
            }
            throw .system("rename \(directory.path)")
        }
        Failpoint.copyNamed.hit()
        // The lock's text names the process that made the copy, not one that serves it.
        unlink(path + "/lock")
        try FileSystem.sync(path)
        try FileSystem.sync(FileSystem.parent(of: path))
    }

    /// Removes whatever is under the unfinished name, as far as possible.
    func remove() { CopyTarget.remove(directory) }
}

extension CopyTarget {
    private static func withoutSlashes(_ path: String) throws(StoreFailure) -> String {
        var path = path[...]
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard !["", ".", ".."].contains(name) else {
            throw taken(String(path), "name a directory that is to be made")
        }
        return String(path)
    }

    /// An empty directory counts as missing: the copy replaces it.
    private static func refuseIfTaken(_ path: String) throws(StoreFailure) {
        guard let kind = kind(of: path) else {
            guard errno == ENOENT else { throw .system("look at \(path)") }
            return
        }
        guard kind == S_IFDIR else { throw taken(path, "it is there and not a directory") }
        guard try FileSystem.names(in: path).isEmpty else {
            throw taken(path, "it is there and not empty")
        }
    }

    /// A copy may remove only what an earlier copy made.
    private static func refuseIfForeign(_ path: String) throws(StoreFailure) {
        guard kind(of: path) == S_IFDIR else { throw taken(path, "it is not a directory") }
        func refuse(_ name: String) -> StoreFailure {
            taken(path, "it holds \(name), which no copy leaves behind; remove it yourself")
        }
        let names = try FileSystem.names(in: path)
        if let name = names.first(where: { $0 != "lock" && $0 != "log" }) { throw refuse(name) }
        guard names.contains("log") else { return }
        for segment in try FileSystem.names(in: path + "/log") {
            guard
                segment.utf8.allSatisfy({ (0x30...0x39).contains($0) }) || segment.hasSuffix(".new")
            else { throw refuse("log/" + segment) }
            for file in try FileSystem.names(in: "\(path)/log/\(segment)")
            where !["data.mdb", "lock.mdb", "base"].contains(file) {
                throw refuse("log/\(segment)/\(file)")
            }
        }
    }

    private static func remove(_ directory: DataDirectory) {
        try? removeLog(in: directory.path)
        unlink(directory.lockPath)
        rmdir(directory.path)
    }

    private static func removeLog(in path: String) throws(StoreFailure) {
        let log = path + "/log"
        guard kind(of: log) != nil else { return }
        try FileSystem.remove(log)
    }

    /// The file type of `path`; `nil`, with `errno` set, if it cannot be examined.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func taken(_ path: String, _ reason: String) -> StoreFailure {
        .log(.cannotOpen("cannot make a copy at \(path): \(reason)"))
    }
}

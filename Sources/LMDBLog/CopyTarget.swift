// Where a copy is made. It grows as TARGET.unfinished and gets its name when it is whole and
// synced, by one rename: under the name TARGET there is never a part of it. What a copy that died
// has left is replaced by the next; anything else that stands there is not touched.

import EventLog
import Failpoints
import Glibc

struct CopyTarget: ~Copyable {
    let path: String
    /// Under its unfinished name.
    let directory: DataDirectory
    /// Two copies must not be made in one place. Held until the copy has its name.
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
            // It stays if there is something in it.
            rmdir(directory.path)
            throw error
        }
        do throws(StoreFailure) {
            try CopyTarget.removeLog(in: directory.path)
            // Now that it holds nothing: may it be used at all?
            _ = try directory.contents()
        } catch {
            CopyTarget.remove(directory)
            throw error
        }
        self.path = path
        self.directory = directory
        self.lock = lock
    }

    /// Gives the copy its name. After return it survives a power cut.
    func finish() throws(StoreFailure) {
        try FileSystem.sync(directory.path)
        guard rename(directory.path, path) == 0 else {
            if errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR {
                throw CopyTarget.taken(path, "somebody has made it meanwhile")
            }
            throw .system("rename \(directory.path)")
        }
        Failpoint.copyNamed.hit()
        // It says who made the copy, not who serves it.
        unlink(path + "/lock")
        try FileSystem.sync(path)
        try FileSystem.sync(FileSystem.parent(of: path))
    }

    /// Removes what there is under the unfinished name, as far as that is possible.
    func remove() { CopyTarget.remove(directory) }

    /// What a failure to write there means. To be asked before anything is removed: a disk that was
    /// full has room again afterwards.
    func failure(of failed: StoreFailure) -> LogError {
        switch failed {
        case .log(let error): return error
        case .code:
            let disk = Ballast(
                directory: directory.path, path: directory.ballastPath,
                thresholds: SpaceThresholds())
            // LMDB says EIO when a write was cut short, which is how a full disk can show.
            if failed.refusal == .full || failed.isInputOutputError && disk.isDiskFull {
                return .notStored(.full, detail: failed.detail)
            }
            return .broken(failed.detail)
        }
    }
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

    /// An empty directory is as good as none: the copy takes its place.
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

    /// Only what a copy makes may be removed by the next.
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
            where file != "data.mdb" && file != "lock.mdb" {
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
        for segment in try FileSystem.names(in: log) {
            for file in try FileSystem.names(in: "\(log)/\(segment)") {
                unlink("\(log)/\(segment)/\(file)")
            }
            rmdir("\(log)/\(segment)")
        }
        guard rmdir(log) == 0 else { throw .system("remove \(log)") }
    }

    /// `nil`, and `errno`, if it cannot be looked at.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func taken(_ path: String, _ reason: String) -> StoreFailure {
        .log(.cannotOpen("cannot make a copy at \(path): \(reason)"))
    }
}

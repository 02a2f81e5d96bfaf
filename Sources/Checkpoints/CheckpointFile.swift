// The checkpoint of a data directory: a file beside the log that holds the state as of one seal, so
// that a boot folds only the records after it. It is written under another name and renamed when it
// is complete and synced. Deleting it only makes the next boot longer.

package import EventLog
import Failpoints
import Glibc
import JobState

package struct CheckpointFile: Sendable {
    private let directory: String
    private var path: String { directory + "/checkpoint" }
    private var unfinishedPath: String { path + ".new" }

    package init(directory: String) { self.directory = directory }

    /// The result of loading the checkpoint at boot.
    package enum Finding: Sendable {
        case nothing
        /// Damaged, or of another log or version. `reason` is for the operator.
        case unusable(reason: String)
        case checkpoint(Checkpoint)
    }

    /// Reads the file, a block at a time. A matching digest proves that the checkpoint is as it was
    /// written; the caller must compare its seal with the log.
    package func load(of log: LogID) -> Finding {
        // Without waiting for the other end, where somebody has put a pipe there.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            return errno == ENOENT ? .nothing : .unusable(reason: SystemError("open", path).reason)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return .unusable(reason: "\(path) is no file")
        }
        var reader = CheckpointReader(of: log)
        var block = [UInt8](repeating: 0, count: CheckpointLimits.blockBytes)
        do {
            while true {
                let count = block.withUnsafeMutableBytes {
                    Glibc.read(descriptor, $0.baseAddress, $0.count)
                }
                if count < 0, errno == EINTR { continue }
                if count < 0 { return .unusable(reason: SystemError("read", path).reason) }
                if count == 0 { break }
                try reader.read(count == block.count ? block : Array(block.prefix(count)))
            }
            let (projection, seal) = try reader.finish()
            return .checkpoint(Checkpoint(projection: projection, seal: seal, log: log))
        } catch {
            return .unusable(reason: "\(path): \(error)")
        }
    }

    /// Removes the remains of a checkpoint whose writer died. Only for the writer of the log.
    package func removeUnfinished() { unlink(unfinishedPath) }

    /// Replaces the checkpoint, and returns the new one's size in bytes. Pauses between blocks, so
    /// that the log's own syncs get most of the disk's time, and leaves
    /// `CheckpointLimits.roomBytes` free. Returns `nil` if it stopped because `isUnwanted` became
    /// true.
    package func save(
        _ checkpoint: Checkpoint, unless isUnwanted: () -> Bool = { false }
    ) throws(SystemError) -> Int? {
        removeUnfinished()
        let descriptor = open(unfinishedPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("create", unfinishedPath) }
        Failpoint.checkpointCreated.hit()
        var isWhole = false
        defer {
            close(descriptor)
            if !isWhole { unlink(unfinishedPath) }
        }
        var writer = CheckpointWriter(
            checkpoint.projection, seal: checkpoint.seal, log: checkpoint.log)
        var written = 0
        var unsynced = 0
        try checkRoom()
        while let block = writer.next() {
            if isUnwanted() { return nil }
            try write(block, to: descriptor)
            Failpoint.checkpointBlockWritten.hit()
            written += block.count
            unsynced += block.count
            if unsynced >= CheckpointLimits.syncBytes {
                // Synced in small steps: syncing a large file at once would delay the log's next
                // sync.
                guard fdatasync(descriptor) == 0 else { throw SystemError("sync", unfinishedPath) }
                unsynced = 0
                try checkRoom()
            }
            usleep(CheckpointLimits.blockPause)
        }
        Failpoint.checkpointWritten.hit()
        guard fsync(descriptor) == 0 else { throw SystemError("sync", unfinishedPath) }
        Failpoint.checkpointSynced.hit()
        guard rename(unfinishedPath, path) == 0 else { throw SystemError("rename", unfinishedPath) }
        isWhole = true
        Failpoint.checkpointNamed.hit()
        try syncDirectory()
        Failpoint.checkpointDurable.hit()
        return written
    }

    /// A checkpoint only shortens the next start, so it must not use space the log needs.
    private func checkRoom() throws(SystemError) {
        var measured = statvfs()
        guard statvfs(directory, &measured) == 0 else { throw SystemError("measure", directory) }
        guard UInt64(measured.f_bavail) * UInt64(measured.f_frsize) >= CheckpointLimits.roomBytes
        else {
            throw SystemError(
                reason:
                    "less than \(CheckpointLimits.roomBytes >> 20) MiB would be left for the log")
        }
    }

    private func write(_ block: [UInt8], to descriptor: Int32) throws(SystemError) {
        var rest = block[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write", unfinishedPath) }
            rest = rest.dropFirst(count)
        }
    }

    private func syncDirectory() throws(SystemError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError("sync", directory) }
    }
}

/// An error of the operating system. Nothing depends on a checkpoint, so it is only reported.
package struct SystemError: Error, Sendable {
    package let reason: String

    init(reason: String) { self.reason = reason }

    init(_ action: StaticString, _ path: String) {
        reason = "cannot \(action) \(path): \(String(cString: strerror(errno)))"
    }
}

// One writer: an exclusive `flock` on DIR/lock. The kernel releases it when the holder dies,
// however it dies, so a left-over file means nothing; its text only tells people which process
// holds the lock. O_CLOEXEC, because a child process that inherited the descriptor would keep the
// lock after its parent's death.

import EventLog
import Glibc

/// The lease of a data directory, released when the value is destroyed.
struct LockFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Takes the lock or throws `locked` at once, having written nothing; throws `cannotOpen` where
    /// no file can be written.
    init(at path: String) throws(StoreFailure) {
        descriptor = try LockFile.take(path)
        self.path = path
    }

    /// The path if it no longer names the locked file: then the lock protects nothing.
    var lostFile: String? { FileSystem.is(descriptor, at: path) ? nil : path }

    /// Unlocks before closing: a child between fork and exec has a copy of the descriptor, which
    /// would keep the lock for that moment.
    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Whether a writer holds the lock. Checking takes a shared lock for an instant.
    static func isHeld(at path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private static func take(_ path: String) throws(StoreFailure) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw cannotLock(path, errno) }
        do throws(StoreFailure) {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                guard errno == EWOULDBLOCK else { throw cannotLock(path, errno) }
                let owner = text(of: descriptor)
                throw .log(.locked(by: owner.isEmpty ? "another process" : owner))
            }
            // The file may have been removed between our open and our lock: then the lock protects
            // nothing.
            guard FileSystem.is(descriptor, at: path) else {
                throw .log(.locked(by: "a process that has replaced \(path)"))
            }
            // Not synced: the text matters only while this process lives.
            let bytes = Array(owner.utf8)
            guard ftruncate(descriptor, 0) == 0 else { throw cannotLock(path, errno) }
            // On a full disk the text is missing; the lock works without it.
            _ = pwrite(descriptor, bytes, bytes.count, 0)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func cannotLock(_ path: String, _ code: Int32) -> StoreFailure {
        .log(.cannotOpen("cannot lock \(path): \(StoreFailure.text(code))"))
    }

    private static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let line = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return String(line.prefix { !$0.isNewline })
    }

    private static var owner: String {
        var name = [UInt8](repeating: 0, count: 256)
        let host =
            gethostname(&name, name.count - 1) == 0
            ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
        return "host \(host), pid \(getpid()), boot \(bootID)\n"
    }

    /// The kernel's id of this boot: a process id of an earlier boot is meaningless.
    private static var bootID: String {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "unknown" }
        defer { close(descriptor) }
        return text(of: descriptor)
    }
}

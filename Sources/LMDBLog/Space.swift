// Space on the disk, and the ballast: a file of real blocks that is removed when the disk is full,
// so that answers and deletes still fit.
//
// The space counted is what is free beyond the ballast, whether or not the ballast exists: free +
// allocated ballast − its full size. Removing or recreating the ballast moves bytes between the two
// terms and leaves the sum unchanged, so it cannot make the answer of `space()` oscillate. It is
// removed below `critical` and recreated at `low` or above.

import EventLog
import Failpoints
import Glibc

/// In bytes. A log with less space than `low` accepts no new jobs; with less than `critical` it
/// does not even trigger.
package struct SpaceThresholds: Sendable, Equatable {
    package var low: Int
    package var critical: Int
    /// Reserved for answers and deletes on a full disk; 0 for none.
    package var ballast: Int

    package init(low: Int = 64 << 20, critical: Int = 16 << 20, ballast: Int = 16 << 20) {
        self.low = low
        self.critical = critical
        self.ballast = ballast
    }

    func space(at room: Int) -> Space {
        if room < critical { return .critical }
        return room < low ? .low : .ample
    }
}

struct Ballast {
    let directory: String
    let path: String
    let thresholds: SpaceThresholds

    /// Space on the disk in bytes, after removing or recreating the ballast as that requires.
    func settle() throws(StoreFailure) -> Int {
        let free = try free()
        let held = allocated
        let room = free + min(held, thresholds.ballast) - thresholds.ballast
        if room < thresholds.critical {
            release()
        } else if room >= thresholds.low, held < thresholds.ballast {
            make()
        }
        return room
    }

    /// Frees the ballast's blocks. The directory is synced because a journal frees them only when
    /// the removal is committed.
    func release() {
        guard unlink(path) == 0 else { return }
        Failpoint.ballastReleased.hit()
        try? FileSystem.sync(directory)
    }

    /// Whether there is hardly space for another page.
    var isDiskFull: Bool {
        guard let free = try? free() else { return false }
        return free < Ballast.fullDiskMax
    }

    /// The most a commit cut short can leave free: less than the block it needed next.
    private static let fullDiskMax = 64 << 10

    /// Bytes this process may still write, ballast aside.
    private func free() throws(StoreFailure) -> Int {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { throw .system("statvfs \(directory)") }
        let (free, overflow) = Int(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        return overflow ? Int.max / 2 : free
    }

    /// Blocks allocated to the ballast, in bytes.
    private var allocated: Int {
        var status = stat()
        return lstat(path, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }

    /// Failing to create it is not a failure of the log: it is tried again when space is measured
    /// next.
    private func make() {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, thresholds.ballast) == 0 else {
            unlink(path)
            return
        }
        Failpoint.ballastAllocated.hit()
        if fsync(descriptor) != 0 { unlink(path) }
    }
}

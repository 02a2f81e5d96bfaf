// DIR/operator.sock, the file of the socket on which the operator's API listens. It is bound as
// DIR/operator.new/socket, in a directory that only its owner can enter whatever the umask is, and
// renamed when it accepts connections and has its mode. So whoever finds it under its name can use it,
// and nobody else ever could; what a killed server left under that name is replaced in one step.
//
// All this happens while the directory's lock is held. Nothing is synced: after a power cut the next
// server makes a new one.

package import EventLog
import Failpoints
import Glibc

/// The file of a socket that is about to be bound, or is.
package final class OperatorSocket: Sendable {
    package static let name = DataDirectory.operatorSocket
    private static let unfinishedDirectory = DataDirectory.unfinishedSocket
    private static let unfinishedName = "\(unfinishedDirectory)/socket"
    private static let mode: mode_t = 0o600

    private let directory: DataDirectory
    /// The data directory: a path to it may be too long for the address of a socket.
    private let descriptor: Int32

    /// Makes nothing yet. `path` is the data directory.
    package init(in path: String) {
        directory = DataDirectory(path: path)
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package var path: String { "\(directory.path)/\(OperatorSocket.name)" }

    /// Makes room at `bindingPath`, where a killed server may have left something. Throws
    /// `cannotOpen`.
    package func prepare() throws(LogError) {
        removeUnfinished()
        guard mkdirat(descriptor, OperatorSocket.unfinishedDirectory, 0o700) == 0 else {
            throw cannotMake()
        }
    }

    /// Where to bind the socket, after `prepare`; always short enough for an address.
    package var bindingPath: String {
        "\(OperatorSocket.path(of: descriptor))/\(OperatorSocket.unfinishedName)"
    }

    /// Gives the bound socket its mode and its name. Throws `cannotOpen`.
    package func publish() throws(LogError) {
        Failpoint.operatorSocketBound.hit()
        let unfinished = OperatorSocket.unfinishedName
        guard fchmodat(descriptor, unfinished, OperatorSocket.mode, 0) == 0,
            renameat(descriptor, unfinished, descriptor, OperatorSocket.name) == 0
        else { throw cannotMake() }
        removeUnfinished()
    }

    /// Removes the socket, unless another server has the directory by now: then the file is the
    /// other's. Call it when the log is closed.
    package func remove() {
        guard let lock = try? LockFile(at: directory.lockPath) else { return }
        unlinkat(descriptor, OperatorSocket.name, 0)
        removeUnfinished()
        _ = consume lock
    }

    /// A path to the socket of the server on `directory` that is short enough for an address; it is
    /// valid as long as this process. Throws `errno` if there is no such directory.
    package static func shortPath(in directory: String) throws(FileError) -> String {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(code: errno) }
        return "\(path(of: descriptor))/\(name)"
    }

    package struct FileError: Error {
        package let code: Int32
    }

    private static func path(of descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

    private func removeUnfinished() {
        unlinkat(descriptor, OperatorSocket.unfinishedName, 0)
        unlinkat(descriptor, OperatorSocket.unfinishedDirectory, AT_REMOVEDIR)
    }

    private func cannotMake() -> LogError {
        .cannotOpen("cannot make \(path): \(StoreFailure.text(errno))")
    }
}

// DIR/
//   lock                       who is the writer (LockFile)
//   ballast                    space kept back for a full disk (Ballast)
//   checkpoint                 the state as of one turn, to boot faster (Checkpoints; may be deleted)
//   operator.sock              where the operator's API listens (OperatorSocket); holds nothing
//   log/<first sequence>/      one LMDB environment: data.mdb, lock.mdb
//
// A segment is created as log/<first>.new, committed and synced there, and only then renamed. So a
// segment under its final name was once complete: an empty or short data.mdb there is damage, never
// the remains of an interrupted creation, and a directory still called ".new" cannot hold anything
// acknowledged.

import CLMDB
import EventLog
import Failpoints
import Glibc

struct DataDirectory {
    let path: String

    enum Contents: Equatable {
        case missing
        /// Empty, or left by a process that died before its log was complete.
        case fresh
        case log
    }

    var lockPath: String { path + "/lock" }
    var ballastPath: String { path + "/ballast" }
    private var logPath: String { path + "/log" }
    private static let unfinished = ".new"
    /// What a killed server can leave behind of the operator's socket: the file, or the directory in
    /// which it was being made.
    static let (operatorSocket, unfinishedSocket) = ("operator.sock", "operator.new")
    /// What may stand in a directory without a segment.
    private static let known = ["lock", "log", "lost+found", operatorSocket, unfinishedSocket]

    func segmentPath(_ first: SequenceNumber) -> String {
        let digits = "\(first)"
        return logPath + "/" + String(repeating: "0", count: 20 - digits.count) + digits
    }

    func dataPath(_ first: SequenceNumber) -> String { segmentPath(first) + "/data.mdb" }

    /// The first numbers of the segments, ascending.
    func segments() throws(StoreFailure) -> [SequenceNumber] {
        try FileSystem.names(in: logPath).compactMap(DataDirectory.firstSequence).sorted()
    }

    /// What the directory contains; changes nothing. Throws `cannotOpen` if it is not a Daybook
    /// data directory or not safe to use.
    func contents() throws(StoreFailure) -> Contents {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return .missing }
            throw cannotOpen(StoreFailure.text(errno))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw cannotOpen("it is not a directory") }
        try refuseRemoteFileSystem()
        let names = try FileSystem.names(in: path)
        let logNames = names.contains("log") ? try FileSystem.names(in: logPath) : []
        if logNames.contains(where: { DataDirectory.firstSequence($0) != nil }) { return .log }
        if names.contains("ballast") || names.contains("checkpoint") {
            throw .damaged("\(path) has been in use, but its log is gone")
        }
        let strange =
            names.filter { !DataDirectory.known.contains($0) }
            + logNames.filter { !$0.hasSuffix(DataDirectory.unfinished) }.map { "log/" + $0 }
        if let name = strange.min() {
            throw .log(.cannotOpen("\(path) is not a Daybook data directory: it holds \(name)"))
        }
        return .fresh
    }

    /// Creates the directory if it is missing; its parent must exist.
    func make() throws(StoreFailure) { try FileSystem.makeDirectory(path) }

    /// Creates the directories above it that are missing.
    func makeParents() throws(StoreFailure) {
        var missing: [String] = []
        var place = FileSystem.parent(of: path)
        while access(place, F_OK) != 0, missing.last != place {
            missing.append(place)
            place = FileSystem.parent(of: place)
        }
        for place in missing.reversed() { try FileSystem.makeDirectory(place) }
    }

    /// Creates a new segment: `fill` gets the unfinished directory and must leave it committed; what
    /// it returns may still be open.
    ///
    /// After a throw before `isNamed` is set the segment does not exist; after one behind that it
    /// may.
    func makeSegment<Made: ~Copyable>(
        first: SequenceNumber, isNamed: inout Bool,
        fill: (String) throws(StoreFailure) -> Made
    ) throws(StoreFailure) -> Made {
        try FileSystem.makeDirectory(logPath)
        Failpoint.logDirectoryMade.hit()
        for name in try FileSystem.names(in: logPath) where name.hasSuffix(DataDirectory.unfinished)
        {
            for file in try FileSystem.names(in: "\(logPath)/\(name)") {
                unlink("\(logPath)/\(name)/\(file)")
            }
            rmdir("\(logPath)/\(name)")
        }
        let final = segmentPath(first)
        let building = final + DataDirectory.unfinished
        try FileSystem.makeDirectory(building)
        Failpoint.segmentMade.hit()
        let made = try fill(building)
        try FileSystem.sync(building)
        Failpoint.segmentSynced.hit()
        guard rename(building, final) == 0 else { throw .system("rename \(building)") }
        isNamed = true
        Failpoint.segmentNamed.hit()
        try FileSystem.sync(logPath)
        Failpoint.segmentDurable.hit()
        return made
    }

    /// Creates a log's first segment.
    func makeFirstSegment<Made: ~Copyable>(
        fill: (String) throws(StoreFailure) -> Made
    ) throws(StoreFailure) -> Made {
        var isNamed = false
        return try makeSegment(first: .zero.next, isNamed: &isNamed, fill: fill)
    }

    private static func firstSequence(_ name: String) -> SequenceNumber? {
        guard name.utf8.count == 20, name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return UInt64(name).map { SequenceNumber($0) }
    }

    private func refuseRemoteFileSystem() throws(StoreFailure) {
        var status = statfs()
        guard statfs(path, &status) == 0 else { throw .system("statfs \(path)") }
        if let name = FileSystem.remoteName(ofType: UInt32(truncatingIfNeeded: status.f_type)) {
            throw cannotOpen("it lies on \(name); LMDB needs a local disk")
        }
    }

    private func cannotOpen(_ reason: String) -> StoreFailure {
        .log(.cannotOpen("cannot use \(path) as data directory: \(reason)"))
    }
}

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

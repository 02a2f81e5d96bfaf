// DIR/
//   lock                       who is the writer (LockFile)
//   ballast                    space kept back for a full disk (Ballast)
//   checkpoint                 the state as of one turn, to boot faster (Checkpoints; may be deleted)
//   operator.sock              where the operator's API listens (OperatorSocket); holds nothing
//   log/<first sequence>/      one LMDB environment: data.mdb, lock.mdb
//   log/<first sequence>/base/ what the log rests on if it begins there now (Base)
//
// A segment is created as log/<first>.new, committed and synced there, and only then renamed. So a
// segment under its final name was once complete: an empty or short data.mdb there is damage, never
// the remains of an interrupted creation, and a directory still called ".new" cannot hold anything
// acknowledged. One that is removed is first renamed to log/<first>.gone.

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
    static let (unfinished, gone) = (".new", ".gone")
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
    func basePath(_ first: SequenceNumber) -> String { segmentPath(first) + "/base" }

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
            + logNames.filter { !DataDirectory.isRemains($0) }.map { "log/" + $0 }
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
        try removeRemains(of: DataDirectory.unfinished)
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

    /// Removes the segment that begins with record `first`. It has lost its name before any part of it is
    /// removed; what a process that dies leaves of it goes when the next one opens the log.
    func removeSegment(_ first: SequenceNumber) throws(StoreFailure) {
        let (path, gone) = (segmentPath(first), segmentPath(first) + DataDirectory.gone)
        guard rename(path, gone) == 0 else { throw .system("rename \(path)") }
        Failpoint.segmentGone.hit()
        try FileSystem.sync(logPath)
        try FileSystem.remove(gone)
        Failpoint.segmentRemoved.hit()
    }

    /// Removes what interrupted creations or removals of segments have left under such names.
    func removeRemains(of suffix: String) throws(StoreFailure) {
        for name in try FileSystem.names(in: logPath) where name.hasSuffix(suffix) {
            try FileSystem.remove("\(logPath)/\(name)")
        }
    }

    private static func isRemains(_ name: String) -> Bool {
        name.hasSuffix(unfinished) || name.hasSuffix(gone)
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

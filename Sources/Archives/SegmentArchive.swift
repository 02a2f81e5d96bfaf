// The files of an archive as one log.

package import EventLog
import Foundation
import LMDBLog

package struct SegmentArchive {
    /// In the order of the log.
    private let files: [ArchiveReader]

    /// Finds the files of one log in `directory`. Throws `cannotOpen` if there is none, and `damaged` if one
    /// cannot be read, is of another log or does not continue the one before.
    package init(in directory: String) throws(LogError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw .cannotOpen("\(directory) cannot be read: \(error.localizedDescription)")
        }
        var files: [ArchiveReader] = []
        for name in names.filter({ $0.hasSuffix(ArchiveHeader.suffix) }).sorted() {
            let file = try ArchiveReader(at: "\(directory)/\(name)")
            if let last = files.last {
                guard file.header.identity == last.header.identity else {
                    throw .damaged(
                        at: nil, detail: "\(file.path) is of another log than \(last.path)")
                }
                guard file.header.previous == last.header.end else {
                    throw .damaged(
                        at: last.header.end.last.next,
                        detail: "\(file.path) does not continue \(last.path)")
                }
            }
            files.append(file)
        }
        guard !files.isEmpty else {
            throw .cannotOpen("there is no file of an archive in \(directory)")
        }
        self.files = files
    }

    /// Makes a data directory of the files, and of links to the segments of the log in `directory` behind
    /// them, if given. Returns the last seal of the archive. After a throw what was made may be left.
    @discardableResult
    package func restore(
        to target: String, linking directory: String? = nil
    ) throws(LogError) -> Seal {
        let log = try RestoredLog(at: target)
        for file in files { try file.restore(to: log) }
        // Safe because there is a file.
        let end = files.last!.header.end
        if let directory { try log.link(segmentsOf: directory, from: end.last.next) }
        return end
    }
}

extension ArchiveReader {
    fileprivate func restore(to log: RestoredLog) throws(LogError) {
        let base = header.hasBase ? try readBase() : nil
        try log.restore(
            of: header.identity, created: header.created, continuing: header.previous, base: base
        ) { append throws(LogError) in
            try ArchiveReader(at: path).read { turn, _ throws(LogError) in try append(turn) }
        }
    }

    private func readBase() throws(LogError) -> [UInt8] {
        var found: [UInt8] = []
        try read(base: { found = $0 }, turn: { _, _ in })
        return found
    }
}

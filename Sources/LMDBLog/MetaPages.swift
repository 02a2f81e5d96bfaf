// Daybook reads the file's two meta pages itself before LMDB opens it. LMDB trusts them: with one
// bit flipped in the newer one it silently opens the state of one commit earlier, and a file
// shorter than they say causes SIGBUS.
//
// The layout is that of LMDB 0.9 on a 64-bit little-endian machine: transaction N writes meta page
// N % 2, so in a sound file both pages are valid and their transaction ids differ by one. Segments
// get their final name only after their first commit (see DataDirectory), so the ids are at least 0
// and 1.

import EventLog
import Glibc

#if _endian(big)
    #error("the data file is little endian, as LMDB writes it on the machines Daybook runs on")
#endif

struct MetaPages {
    /// Bytes of a page, the same for the whole file.
    let pageSize: Int
    /// The last committed transaction.
    let transaction: UInt64
    /// The highest page it uses.
    let lastPage: UInt64

    /// Offsets of the fields in a meta page of LMDB 0.9.
    private enum Offset {
        static let pageNumber = 0
        static let pageFlags = 10
        static let magic = 16
        static let version = 20
        static let mapAddress = 24
        static let pageSize = 40
        static let freeFlags = 44
        static let freeRoot = 80
        static let mainFlags = 92
        static let mainRoot = 128
        static let lastPage = 136
        static let transaction = 144
        static let end = 152
    }

    private static let magic: UInt32 = 0xBEEF_C0DE
    private static let dataVersion: UInt32 = 1
    private static let metaFlag: UInt16 = 0x08
    private static let integerKeyFlag: UInt16 = 0x08
    private static let noPage = UInt64.max

    /// Reads and checks the meta pages of the data file at `path`, and its length against them.
    ///
    /// While a writer is active, a page may be read half old, half new: `attempts` is how often to
    /// read it before reporting damage.
    static func check(path: String, attempts: Int) throws(StoreFailure) -> MetaPages {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw .log(.cannotOpen("cannot open \(path): \(StoreFailure.text(errno))"))
        }
        defer { close(descriptor) }
        for _ in 1..<max(1, attempts) {
            if let pages = try? read(descriptor, path) { return pages }
            sched_yield()
        }
        return try read(descriptor, path)
    }

    private static func read(_ descriptor: Int32, _ path: String) throws(StoreFailure) -> MetaPages
    {
        var first = [UInt8](repeating: 0, count: Offset.end)
        guard pread(descriptor, &first, first.count, 0) == first.count else {
            throw .damaged("\(path) is too short to hold a log")
        }
        let zeroth = try Page(first, number: 0, path)
        var second = first
        guard
            pread(descriptor, &second, second.count, off_t(zeroth.pageSize)) == second.count
        else { throw .damaged("\(path) ends before its second meta page") }
        let other = try Page(second, number: 1, path)
        guard zeroth.pageSize == other.pageSize else {
            throw .damaged("the meta pages of \(path) disagree about the page size")
        }
        let newer = zeroth.transaction > other.transaction ? zeroth : other
        let older = zeroth.transaction > other.transaction ? other : zeroth
        guard newer.transaction &- older.transaction == 1 else {
            throw .damaged(
                "the meta pages of \(path) hold transactions \(older.transaction) and "
                    + "\(newer.transaction), which do not follow each other")
        }
        guard newer.rootsFit else {
            throw .damaged("the trees of \(path) begin outside of it")
        }
        // The length is read after the pages: the file grows before a meta page refers to the
        // growth.
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("stat \(path)") }
        let (needed, overflow) = (newer.lastPage &+ 1)
            .multipliedReportingOverflow(by: UInt64(newer.pageSize))
        guard !overflow, UInt64(status.st_size) >= needed else {
            throw .damaged(
                "\(path) is \(status.st_size) bytes long but has pages up to \(newer.lastPage)")
        }
        return MetaPages(
            pageSize: newer.pageSize, transaction: newer.transaction, lastPage: newer.lastPage)
    }

    /// One meta page, valid by itself.
    private struct Page {
        let pageSize: Int
        let transaction: UInt64
        let lastPage: UInt64
        /// The trees begin inside the file. Checked for the newer page only: when writing a meta
        /// page fails, LMDB restores the page's former transaction and last page, but not its
        /// roots.
        let rootsFit: Bool

        init(_ bytes: [UInt8], number: UInt64, _ path: String) throws(StoreFailure) {
            func load<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
                bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
            }
            guard load(Offset.magic, as: UInt32.self) == MetaPages.magic else {
                throw .damaged("meta page \(number) of \(path) is not LMDB's")
            }
            guard load(Offset.version, as: UInt32.self) == MetaPages.dataVersion else {
                throw .damaged("meta page \(number) of \(path) is of another version of LMDB")
            }
            let size = load(Offset.pageSize, as: UInt32.self)
            let lastPage = load(Offset.lastPage, as: UInt64.self)
            let transaction = load(Offset.transaction, as: UInt64.self)
            func isRoot(_ page: UInt64) -> Bool {
                page == MetaPages.noPage || (2...max(2, lastPage)).contains(page)
            }
            guard
                load(Offset.pageNumber, as: UInt64.self) == number,
                load(Offset.pageFlags, as: UInt16.self) == MetaPages.metaFlag,
                load(Offset.mapAddress, as: UInt64.self) == 0,
                load(Offset.freeFlags, as: UInt16.self) == MetaPages.integerKeyFlag,
                load(Offset.mainFlags, as: UInt16.self) == 0,
                size.nonzeroBitCount == 1, (512...32_768).contains(size),
                lastPage >= 1, lastPage != MetaPages.noPage,
                transaction == 0 || transaction % 2 == number
            else { throw .damaged("meta page \(number) of \(path) does not hang together") }
            pageSize = Int(size)
            rootsFit =
                isRoot(load(Offset.freeRoot, as: UInt64.self))
                && isRoot(load(Offset.mainRoot, as: UInt64.self))
            self.lastPage = lastPage
            self.transaction = transaction
        }
    }
}

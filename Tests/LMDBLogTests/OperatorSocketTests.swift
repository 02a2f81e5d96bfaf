import EventLog
import Glibc
import LMDBLog
import Testing

@Suite("The file of the operator's socket")
struct OperatorSocketTests {
    /// A socket bound at `path`, which must be short enough for an address.
    private func bind(at path: String) -> Int32 {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, size)
            }
        }
        #expect(bound == 0)
        return descriptor
    }

    private func mode(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test("has its name and mode when it is published, and is gone when it is removed")
    func life() throws {
        let place = try Place()
        do { _ = try LMDBLog(directory: place.data, options: .small) }
        let socket = OperatorSocket(in: place.data)
        try socket.prepare()
        let descriptor = bind(at: socket.bindingPath)
        defer { close(descriptor) }
        #expect(try place.names(in: place.data).contains("operator.new"))
        #expect(mode(of: socket.path) == nil)
        try socket.publish()
        #expect(mode(of: socket.path) == S_IFSOCK | 0o600)
        #expect(try !place.names(in: place.data).contains("operator.new"))
        socket.remove()
        #expect(mode(of: socket.path) == nil)
    }

    @Test("takes the place of what a killed server left, published or not")
    func remains() throws {
        let place = try Place()
        do { _ = try LMDBLog(directory: place.data, options: .small) }
        for isPublished in [true, false] {
            let left = OperatorSocket(in: place.data)
            try left.prepare()
            close(bind(at: left.bindingPath))
            if isPublished { try left.publish() }
        }
        let socket = OperatorSocket(in: place.data)
        try socket.prepare()
        let descriptor = bind(at: socket.bindingPath)
        defer { close(descriptor) }
        try socket.publish()
        #expect(mode(of: socket.path) == S_IFSOCK | 0o600)
    }

    @Test("of another server that has the directory is not removed")
    func others() throws {
        let place = try Place()
        let log = try LMDBLog(directory: place.data, options: .small)
        let socket = OperatorSocket(in: place.data)
        try socket.prepare()
        close(bind(at: socket.bindingPath))
        try socket.publish()
        socket.remove()
        #expect(mode(of: socket.path) != nil)
        _ = consume log
        socket.remove()
        #expect(mode(of: socket.path) == nil)
    }

    @Test("is reached by a short path, however long the directory's is")
    func paths() throws {
        let place = try Place()
        let long = "\(place.path)/\(String(repeating: "d", count: 200))"
        #expect(mkdir(long, 0o700) == 0)
        #expect(try OperatorSocket.shortPath(in: long).utf8.count < 100)
        #expect(OperatorSocket(in: long).bindingPath.utf8.count < 100)
        #expect(throws: OperatorSocket.FileError.self) {
            try OperatorSocket.shortPath(in: "\(long)/none")
        }
    }

    @Test("cannot be made in a directory that is not there, or where something is in its way")
    func refused() throws {
        let place = try Place()
        #expect(throws: LogError.self) { try OperatorSocket(in: place.data).prepare() }
        #expect(mkdir(place.data, 0o700) == 0)
        #expect(mkdir("\(place.data)/operator.new", 0o700) == 0)
        #expect(mkdir("\(place.data)/operator.new/other", 0o700) == 0)
        #expect(throws: LogError.self) { try OperatorSocket(in: place.data).prepare() }
    }
}

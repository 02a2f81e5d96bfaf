package import EventLog

/// A segment that nothing is written into any more.
package struct SealedSegment: Sendable, Equatable {
    package let first: SequenceNumber
    /// Its last seal.
    package let end: Seal
    /// The length of its file.
    package let bytes: Int
}

extension Segments {
    var sealedSegments: [SealedSegment] {
        sealed.map {
            SealedSegment(
                first: $0.first, end: $0.end,
                bytes: FileSystem.bytes(of: directory.dataPath($0.first)))
        }
    }

    func baseFile() throws(LogError) -> [UInt8]? {
        let origin = origin
        guard origin.last > .zero else { return nil }
        do throws(StoreFailure) {
            return try FileSystem.read(directory.basePath(origin.last.next) + "/data.mdb")
        } catch { throw error.onRead }
    }
}

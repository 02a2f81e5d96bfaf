import Foundation
import Synchronization

/// Directories of tests that have ended. Optimised code ends a value with its last use, when what it made
/// may still be used; so a directory is removed when many others have come after it, or at the end.
package enum LeftDirectories {
    private static let count = 32
    private static let left = Mutex<[String]>([])
    private static let atEnd: Int32 = atexit { LeftDirectories.removeAll() }

    package static func leave(_ path: String) {
        _ = atEnd
        let oldest = left.withLock { left in
            left.append(path)
            return left.count > count ? left.removeFirst() : nil
        }
        if let oldest { try? FileManager.default.removeItem(atPath: oldest) }
    }

    private static func removeAll() {
        let all = left.withLock { left in
            defer { left = [] }
            return left
        }
        for path in all { try? FileManager.default.removeItem(atPath: path) }
    }
}

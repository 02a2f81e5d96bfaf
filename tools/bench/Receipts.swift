// What a client of the bench noted of the triggers it received. Due times are read when all is over,
// so that noting costs little while triggers come.

import Foundation
import Jobs
import Synchronization

final class Receipts: Sendable {
    private struct Receipt {
        let due: String
        let at: Date
    }

    private struct Noted {
        var receipts: [Receipt] = []
        var last = ""
    }

    private let noted = Mutex(Noted())

    var count: Int { noted.withLock { $0.receipts.count } }

    /// The name of the job whose trigger came last.
    var last: String { noted.withLock { $0.last } }

    func add(_ name: String, due: String) {
        let now = Date()
        noted.withLock { noted in
            noted.receipts.append(Receipt(due: due, at: now))
            noted.last = name
        }
    }

    /// When the last one came.
    var end: Date? { noted.withLock { $0.receipts.last?.at } }

    var lateness: Lateness {
        Lateness(
            noted.withLock { $0.receipts }.compactMap { receipt in
                guard
                    case .absolute(let seconds, let nanoseconds)? = try? PointInTime.parse(
                        receipt.due, field: "due")
                else { return nil }
                let due = Double(nanoseconds) / 1e9
                return (receipt.at.timeIntervalSince1970 - Double(seconds) - due) * 1e3
            })
    }
}

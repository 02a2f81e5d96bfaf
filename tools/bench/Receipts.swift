// What an app noted of the triggers it received. Due times are read when all is over, so that noting
// costs little while triggers come.

import Foundation
import Jobs
import Synchronization

final class Receipts: Sendable {
    private struct Receipt {
        let due: String
        let at: Date
    }

    private let noted = Mutex<[Receipt]>([])

    var count: Int { noted.withLock { $0.count } }

    func add(due: String) {
        let now = Date()
        noted.withLock { $0.append(Receipt(due: due, at: now)) }
    }

    /// When the last one came.
    var end: Date? { noted.withLock { $0.last?.at } }

    var lateness: Lateness {
        Lateness(
            noted.withLock { $0 }.compactMap { receipt in
                guard
                    case .absolute(let seconds, let nanoseconds)? = try? PointInTime.parse(
                        receipt.due, field: "due")
                else { return nil }
                let due = Double(nanoseconds) / 1e9
                return (receipt.at.timeIntervalSince1970 - Double(seconds) - due) * 1e3
            })
    }
}

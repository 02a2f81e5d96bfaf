import Jobs
import Synchronization

/// The receivers by number. Numbers are never reused within a process.
final class ReceiverRegistry: Sendable {
    private struct Contents {
        var last: UInt32 = 0
        var receivers: [ReceiverID: any DeliveryReceiver] = [:]
    }

    private let contents = Mutex(Contents())

    func add(_ receiver: some DeliveryReceiver) -> ReceiverID {
        contents.withLock { contents in
            contents.last += 1
            let id = ReceiverID(contents.last)
            contents.receivers[id] = receiver
            return id
        }
    }

    func remove(_ id: ReceiverID) {
        contents.withLock { $0.receivers[id] = nil }
    }

    subscript(id: ReceiverID) -> (any DeliveryReceiver)? {
        contents.withLock { $0.receivers[id] }
    }
}

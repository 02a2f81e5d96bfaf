// Receivers of triggers, and the identity of a trigger.

package import EventLog

package struct Presence: Equatable, Sendable {
    package var route: RouteKey
    /// The number by which a `triggered` event names this receiver; a new one for every appearance
    /// within one process.
    package var receiver: ReceiverID
    /// The receiver's address: an app's address or a stream's peer.
    package var address: String
    /// How many triggers it accepts before it has answered any.
    package var window: UInt32

    package init(route: RouteKey, receiver: ReceiverID, address: String, window: UInt32) {
        self.route = route
        self.receiver = receiver
        self.address = address
        self.window = window
    }
}

package struct ReceiverID: Hashable, Comparable, Sendable {
    package let rawValue: UInt32
    package init(_ rawValue: UInt32) { self.rawValue = rawValue }
    package static func < (left: ReceiverID, right: ReceiverID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A trigger's identity and fencing token: the sequence number of its `triggered` event.
package struct TriggerID: Hashable, Comparable, Sendable {
    package let sequence: SequenceNumber
    package init(_ sequence: SequenceNumber) { self.sequence = sequence }
    package static func < (left: TriggerID, right: TriggerID) -> Bool {
        left.sequence < right.sequence
    }
}

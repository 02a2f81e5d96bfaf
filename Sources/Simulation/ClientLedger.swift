import EventLog
import Jobs
import SchedulerCore

/// The replies that clients got: a record from outside, with which the log is compared.
struct ClientLedger: Sendable {
    struct Acknowledged: Sendable {
        let command: Command
        let reply: Reply
        /// The head when the reply left the process.
        let head: SequenceNumber
        /// The head when the command was submitted: its effects come after it.
        let after: SequenceNumber
    }

    private var waiting: [ReplyToken: (command: Command, after: SequenceNumber)] = [:]
    private(set) var acknowledged: [Acknowledged] = []
    private(set) var lastHead = SequenceNumber.zero

    mutating func submitted(_ command: Command, _ token: ReplyToken) {
        waiting[token] = (command, lastHead)
    }

    mutating func replied(_ token: ReplyToken, _ reply: Reply, head: SequenceNumber) {
        lastHead = max(lastHead, head)
        guard let (command, after) = waiting.removeValue(forKey: token) else { return }
        acknowledged.append(
            Acknowledged(command: command, reply: reply, head: head, after: after))
    }

    /// The reply was lost: the client does not know the result and may repeat the command.
    mutating func lost(_ token: ReplyToken, head: SequenceNumber) -> Command? {
        lastHead = max(lastHead, head)
        return waiting.removeValue(forKey: token)?.command
    }

    mutating func refused(_ tokens: [ReplyToken]) {
        for token in tokens { waiting[token] = nil }
    }

    /// The process died: waiting clients never get a reply.
    mutating func forgetWaiting() { waiting = [:] }
}

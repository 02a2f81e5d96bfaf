// Places at which the process can be made to die, as if by `kill -9`, so that a test can crash it
// wherever a crash might do harm. The environment variable `DAYBOOK_FAILPOINT` names one, as
// `name`, or as `name@n` for the n-th pass. Without the variable, passing a place is a call that
// returns at once.
//
// Each name belongs to one line of the code; the comment beside it says what has happened there and
// what has not.

import Glibc
import Synchronization

package enum Failpoint: String, CaseIterable, Sendable {
    // A first start.

    /// The data directory exists and is empty.
    case directoryMade = "directory-made"
    /// The writer's lock is held, here and at every start.
    case lockTaken = "lock-taken"
    /// The directory of segments exists and is empty.
    case logDirectoryMade = "log-directory-made"
    /// The unfinished segment exists and is empty.
    case segmentMade = "segment-made"
    /// The unfinished segment has its files, and nothing is committed in them.
    case environmentMade = "environment-made"
    /// The log's identity is committed, in the unfinished segment.
    case identityStored = "identity-stored"
    /// The unfinished segment is synced.
    case segmentSynced = "segment-synced"
    /// The segment has its final name, which a power cut may still undo.
    case segmentNamed = "segment-named"
    /// The segment is durable.
    case segmentDurable = "segment-durable"
    /// The ballast has its blocks and is not synced.
    case ballastAllocated = "ballast-allocated"
    /// The ballast was removed because the disk is full.
    case ballastReleased = "ballast-released"

    // Every start.

    /// The log is open; nothing is folded yet.
    case logOpened = "log-opened"
    /// Loading the checkpoint was tried.
    case checkpointRead = "checkpoint-read"
    /// A page of the log is folded.
    case pageFolded = "page-folded"
    /// The whole log is folded; nothing was answered yet.
    case logFolded = "log-folded"
    /// The event that makes this process the writer is recorded.
    case openedRecorded = "opened-recorded"
    /// The writer runs; no listener does yet.
    case listenersOpening = "listeners-opening"
    /// The operator's socket is bound; it has neither its mode nor its name yet.
    case operatorSocketBound = "operator-socket-bound"
    /// All listeners accept requests.
    case serving = "serving"

    // A request and a turn.

    /// A request is decoded but not yet in the inbox.
    case requestDecoded = "request-decoded"
    /// The writer has taken the inputs from the inbox and decided nothing yet.
    case inboxTaken = "inbox-taken"
    /// A turn is decided and encoded; its transaction is about to begin.
    case appendBegun = "append-begun"
    /// A record is written, perhaps one of several.
    case recordPut = "record-put"
    /// A payload is written, perhaps one of several.
    case payloadPut = "payload-put"
    /// The seal is written; nothing is committed.
    case sealPut = "seal-put"
    /// The turn is durable, but the process does not know it yet.
    case turnCommitted = "turn-committed"
    /// The turn is known to be durable; nothing was answered yet.
    case headAdvanced = "head-advanced"
    /// Triggers are about to go to their receivers.
    case sendBegun = "send-begun"
    /// A receiver has its triggers.
    case sent = "sent"
    /// The first answer of a turn is about to be returned.
    case replyBegun = "reply-begun"
    /// Some answers of a turn have been returned, others have not.
    case betweenReplies = "between-replies"
    /// An answer is known; not a byte of it is sent.
    case responseKnown = "response-known"

    // A call of an app.

    /// One call of a batch has been started, the next has not.
    case betweenCalls = "between-calls"
    /// A call is about to be made.
    case callBegun = "call-begun"
    /// The whole request is on its way to the app.
    case callSent = "call-sent"
    /// The app has answered; the answer is not yet in the inbox.
    case callAnswered = "call-answered"
    /// The app's answer is in the inbox.
    case answerHandedIn = "answer-handed-in"
    /// Triggers are about to be written to a stream.
    case streamWriting = "stream-writing"
    /// Triggers were written to a stream.
    case streamWritten = "stream-written"
    /// A stream's result was read but is not yet in the inbox.
    case resultRead = "result-read"

    // A checkpoint.

    /// The new checkpoint's file exists and is empty.
    case checkpointCreated = "checkpoint-created"
    /// A block of the checkpoint is written.
    case checkpointBlockWritten = "checkpoint-block-written"
    /// The checkpoint is complete but not synced.
    case checkpointWritten = "checkpoint-written"
    /// The checkpoint is synced but does not have its final name yet.
    case checkpointSynced = "checkpoint-synced"
    /// The checkpoint has its final name, which a power cut may still undo.
    case checkpointNamed = "checkpoint-named"
    /// The checkpoint is durable.
    case checkpointDurable = "checkpoint-durable"
    /// Some records before the checkpoint were checked again.
    case scrubStepped = "scrub-stepped"

    // A stop.

    /// The writer was asked to stop.
    case stopping
    /// Nothing is in flight any more; the close is not recorded yet.
    case drained
    /// The close is recorded.
    case closeRecorded = "close-recorded"
    /// The log is closed and its lock is free.
    case logClosed = "log-closed"

    // The removal of the beginning of a log.

    /// A part of the records of a base is written.
    case baseRecordsWritten = "base-records-written"
    /// A state of a base is written.
    case baseStateWritten = "base-state-written"
    /// A base is complete but does not have its name yet.
    case baseSynced = "base-synced"
    /// It has its name, which a power cut may still undo.
    case baseNamed = "base-named"
    /// It survives a power cut; the removal is not recorded yet.
    case baseDurable = "base-durable"
    /// The removal is recorded; the segment is still there.
    case forgottenRecorded = "forgotten-recorded"
    /// The segment has lost its name, which a power cut may still undo.
    case segmentGone = "segment-gone"
    /// Nothing of the segment is left.
    case segmentRemoved = "segment-removed"

    // A copy, by `daybook-replay`.

    /// The copy's directory exists under its unfinished name and is locked.
    case copyBegun = "copy-begun"
    /// Some turns are in the copy.
    case copyPageWritten = "copy-page-written"
    /// The copy is complete but does not have its final name yet.
    case copyFilled = "copy-filled"
    /// The copy has its final name, which a power cut may still undo.
    case copyNamed = "copy-named"

    /// The environment variable that arms a failpoint.
    package static let variable = "DAYBOOK_FAILPOINT"

    /// The failpoint armed in this process, if any.
    package static let armed: ArmedFailpoint? =
        getenv(variable).flatMap { try? ArmedFailpoint(String(cString: $0)) }

    private static let passes = Atomic<Int>(0)

    /// Passes this place; kills the process if it is the armed place and pass.
    package func hit() {
        guard let armed = Failpoint.armed, armed.point == self else { return }
        if Failpoint.passes.add(1, ordering: .relaxed).newValue == armed.pass { Failpoint.die() }
    }

    /// Like `kill -9` from outside: no handler, no flush, no `deinit` runs.
    private static func die() -> Never {
        kill(getpid(), SIGKILL)
        // The signal may take effect only after another thread was stopped.
        while true { pause() }
    }
}

/// A failpoint, and the pass at which it kills; the first is 1.
package struct ArmedFailpoint: Equatable, Sendable, CustomStringConvertible {
    package let point: Failpoint
    package let pass: Int

    /// Throws for an unknown name or an invalid number.
    package init(_ text: String) throws(UnknownFailpoint) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let point = Failpoint(rawValue: String(parts[0])),
            let pass = parts.count == 1 ? 1 : Int(parts[1]), pass >= 1
        else { throw UnknownFailpoint(text: text) }
        self.point = point
        self.pass = pass
    }

    package var description: String { "\(point.rawValue)@\(pass)" }
}

/// The text names no failpoint.
package struct UnknownFailpoint: Error, Equatable, CustomStringConvertible {
    package let text: String

    package var description: String {
        let names = Failpoint.allCases.map(\.rawValue).joined(separator: ", ")
        return "\(Failpoint.variable): there is no failpoint \"\(text)\"; there are \(names); "
            + "each may be followed by @n for the n-th pass"
    }

    /// Throws if the environment names an unknown failpoint.
    package static func refuse() throws(UnknownFailpoint) {
        if let text = getenv(Failpoint.variable) {
            _ = try ArmedFailpoint(String(cString: text))
        }
    }
}

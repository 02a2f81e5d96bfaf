// Places at which the process can be made to die, as if by `kill -9`, so that a test can have a crash
// wherever one would hurt. Named by the environment variable `DAYBOOK_FAILPOINT`, as `name`, or as
// `name@n` for the n-th time the process comes by. Without the variable, passing a place is a call
// that returns at once.
//
// A place is passed in one line of the code and by one name; what has happened there, and what has
// not, is said beside the name.

import Glibc
import Synchronization

package enum Failpoint: String, CaseIterable, Sendable {
    // A first start.

    /// The data directory is there, with nothing in it.
    case directoryMade = "directory-made"
    /// The writer's lock is held, here and at every start.
    case lockTaken = "lock-taken"
    /// The directory of segments is there, without one.
    case logDirectoryMade = "log-directory-made"
    /// The unfinished segment is there, and empty.
    case segmentMade = "segment-made"
    /// The unfinished segment has its files, and nothing is committed in them.
    case environmentMade = "environment-made"
    /// The log's identity is committed, in the unfinished segment.
    case identityStored = "identity-stored"
    /// The unfinished segment is synced.
    case segmentSynced = "segment-synced"
    /// The segment has its name, which a power cut may still take.
    case segmentNamed = "segment-named"
    /// The segment is there for good.
    case segmentDurable = "segment-durable"
    /// The ballast has its blocks and is not synced.
    case ballastAllocated = "ballast-allocated"
    /// The ballast was given up for a full disk.
    case ballastReleased = "ballast-released"

    // Every start.

    /// The log is open; nothing of it is folded.
    case logOpened = "log-opened"
    /// The checkpoint was looked for.
    case checkpointRead = "checkpoint-read"
    /// A page of the log is folded.
    case pageFolded = "page-folded"
    /// All of the log is folded, and nobody was told.
    case logFolded = "log-folded"
    /// That this process is the writer is recorded.
    case openedRecorded = "opened-recorded"
    /// The writer runs; no listener does.
    case listenersOpening = "listeners-opening"
    /// All listeners take requests.
    case serving = "serving"

    // A request and a turn.

    /// A request is decoded and not yet in the inbox.
    case requestDecoded = "request-decoded"
    /// The writer has taken what arrived, and decided nothing.
    case inboxTaken = "inbox-taken"
    /// A turn is decided and encoded; its transaction is about to begin.
    case appendBegun = "append-begun"
    /// A record is put, of perhaps several.
    case recordPut = "record-put"
    /// A payload is put, of perhaps several.
    case payloadPut = "payload-put"
    /// The seal is put; nothing is committed.
    case sealPut = "seal-put"
    /// The turn is durable, and the process does not know it.
    case turnCommitted = "turn-committed"
    /// The turn is durable and known to be; nobody has heard of it.
    case headAdvanced = "head-advanced"
    /// Triggers are about to go to their receivers.
    case sendBegun = "send-begun"
    /// A receiver has its triggers.
    case sent = "sent"
    /// The first answer of a turn is about to go to who waits for it.
    case replyBegun = "reply-begun"
    /// Some have their answers, and others of the same turn have not.
    case betweenReplies = "between-replies"
    /// An answer is known, and not a byte of it is sent.
    case responseKnown = "response-known"

    // A call of an app.

    /// One call of a batch is on its way, and the next is not.
    case betweenCalls = "between-calls"
    /// A call is about to be made.
    case callBegun = "call-begun"
    /// The whole request is on its way to the app.
    case callSent = "call-sent"
    /// The app has answered; the answer is not yet in the inbox.
    case callAnswered = "call-answered"
    /// The answer of the app waits in the inbox.
    case answerHandedIn = "answer-handed-in"
    /// Triggers are about to be written to a stream.
    case streamWriting = "stream-writing"
    /// A stream's triggers are written.
    case streamWritten = "stream-written"
    /// A stream's result was read, and is not yet in the inbox.
    case resultRead = "result-read"

    // A checkpoint.

    /// The new checkpoint's file is there, and empty.
    case checkpointCreated = "checkpoint-created"
    /// A block of it is written.
    case checkpointBlockWritten = "checkpoint-block-written"
    /// All of it is written and not synced.
    case checkpointWritten = "checkpoint-written"
    /// It is synced and has not yet its name.
    case checkpointSynced = "checkpoint-synced"
    /// It has its name, which a power cut may still take.
    case checkpointNamed = "checkpoint-named"
    /// It is there for good.
    case checkpointDurable = "checkpoint-durable"
    /// Some records before it are checked again.
    case scrubStepped = "scrub-stepped"

    // A stop.

    /// The writer was told to stop.
    case stopping
    /// Nothing is in flight any more; the close is not recorded.
    case drained
    /// The close is recorded.
    case closeRecorded = "close-recorded"
    /// The log is closed and its lock is free.
    case logClosed = "log-closed"

    // A copy, by `daybook-replay`.

    /// The copy's directory is there and locked, under its unfinished name.
    case copyBegun = "copy-begun"
    /// Some turns are in the copy.
    case copyPageWritten = "copy-page-written"
    /// All of it is there, and has not its name.
    case copyFilled = "copy-filled"
    /// It has its name, which a power cut may still take.
    case copyNamed = "copy-named"

    /// What names one.
    package static let variable = "DAYBOOK_FAILPOINT"

    /// The one that is armed in this process, if the variable names one.
    package static let armed: ArmedFailpoint? =
        getenv(variable).flatMap { try? ArmedFailpoint(String(cString: $0)) }

    private static let passes = Atomic<Int>(0)

    /// The process comes by. It ends here if this is the place and the time.
    package func hit() {
        guard let armed = Failpoint.armed, armed.point == self else { return }
        if Failpoint.passes.add(1, ordering: .relaxed).newValue == armed.pass { Failpoint.die() }
    }

    /// As `kill -9` from outside: no handler, no buffer, no `deinit` runs.
    private static func die() -> Never {
        kill(getpid(), SIGKILL)
        // Another thread may have to be stopped first.
        while true { pause() }
    }
}

/// A place, and at which pass it is the end; the first is 1.
package struct ArmedFailpoint: Equatable, Sendable, CustomStringConvertible {
    package let point: Failpoint
    package let pass: Int

    /// Throws for a name that is none, or a number that is none.
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

/// What was to be armed is not a failpoint.
package struct UnknownFailpoint: Error, Equatable, CustomStringConvertible {
    package let text: String

    package var description: String {
        let names = Failpoint.allCases.map(\.rawValue).joined(separator: ", ")
        return "\(Failpoint.variable): there is no failpoint \"\(text)\"; there are \(names); "
            + "each with @n behind it for the n-th pass"
    }

    /// Throws if the environment names a failpoint that is none.
    package static func refuse() throws(UnknownFailpoint) {
        if let text = getenv(Failpoint.variable) {
            _ = try ArmedFailpoint(String(cString: text))
        }
    }
}

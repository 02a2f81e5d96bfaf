package import EventLog

/// Why a job ran or did not run at an instant.
package struct Explanation: Sendable, Equatable {
    package enum Reason: String, Sendable, CaseIterable {
        // There was nothing to run.
        case neverAccepted, notYetAccepted, hadEnded, notScheduled, leftOutByClocks
        case afterExpiry, movedByRules, behindAnother, notYetDue
        // A tick was due and did not run.
        case parked, writerDown, undecided, skipped, deleted, replaced
        // It ran.
        case onTime, late, sentAgain, givenUp, inFlight
    }

    package var reason: Reason
    /// A paragraph; safe to print.
    package var text: String
    /// The events it is based on, each once, in the order of the log.
    package var sequences: [SequenceNumber]
}

extension Inquiry {
    /// Sentences, and the events they are based on.
    struct Answer {
        private(set) var sentences: [String] = []
        private(set) var sequences: [SequenceNumber] = []

        mutating func say(_ sentence: String, _ moments: LogMoment...) {
            let records = moments.map { "#\($0.sequence)" }.joined(separator: ", ")
            sentences.append(records.isEmpty ? "\(sentence)." : "\(sentence) (\(records)).")
            sequences += moments.map(\.sequence)
        }
    }
}

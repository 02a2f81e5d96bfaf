import EventLog
import Jobs

/// One tick of the job that is asked about, from the event that created it to its end.
struct TickLife {
    let generation: SequenceNumber
    let number: UInt64
    private(set) var due: Timestamp
    /// The event since which its job waits for it.
    let since: LogMoment
    /// The kind of that event.
    let start: Start
    /// The first deliveries; `deliveryCount` counts all.
    private(set) var deliveries: [Delivery] = []
    private(set) var deliveryCount = 0
    var end: End?

    enum Start {
        case accepted, predecessor, rules, clock
    }

    struct Delivery {
        let trigger: LogMoment
        let event: Trigger
        var answer: (moment: LogMoment, event: Acknowledgement)?
    }

    enum End {
        case succeeded(Acknowledgement, LogMoment)
        /// Given up by its failure policy, or dropped by the app.
        case givenUp(Acknowledgement, LogMoment)
        case skipped(LogMoment)
        /// Its job ended before the tick did.
        case deleted(by: String, LogMoment)
        case replaced(LogMoment)

        var moment: LogMoment {
            switch self {
            case .succeeded(_, let moment), .givenUp(_, let moment), .skipped(let moment),
                .deleted(_, let moment), .replaced(let moment):
                moment
            }
        }
    }

    init(
        _ number: UInt64, of generation: SequenceNumber, due: Timestamp, since: LogMoment,
        _ start: Start
    ) {
        self.generation = generation
        self.number = number
        self.due = due
        self.since = since
        self.start = start
    }

    /// It moved with the clock.
    mutating func move(to due: Timestamp) { self.due = due }

    mutating func add(_ event: Trigger, at moment: LogMoment) {
        deliveryCount += 1
        guard deliveries.count < 10 else { return }
        deliveries.append(Delivery(trigger: moment, event: event))
    }

    /// A late answer to a delivery that timed out changes nothing.
    mutating func add(_ event: Acknowledgement, at moment: LogMoment) {
        for place in deliveries.indices
        where deliveries[place].trigger.sequence == event.trigger.sequence
            && deliveries[place].answer == nil
        {
            deliveries[place].answer = (moment, event)
        }
    }
}

/// A generation of the name that is asked about.
struct GenerationLife {
    let number: SequenceNumber
    let definition: Definition
    let begin: LogMoment
    /// How it ended, in words, and when.
    var end: (how: String, isReplaced: Bool, moment: LogMoment)?
    /// The last tick it waited for.
    var last: TickLife?

    /// Whether it held its name at `instant`.
    func isAlive(at instant: Timestamp) -> Bool {
        begin.time <= instant && (end.map { $0.moment.time > instant } ?? true)
    }
}

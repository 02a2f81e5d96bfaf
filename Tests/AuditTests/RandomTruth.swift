import Audit
import EventLog
import Jobs

/// The known results of a random history, counted second by second.
struct Truth {
    var stories: [Story: Int] = [:]
    var lateCauses: [LateCause: Int] = [:]
    var duplicates: [PossibleDuplicate.Cause: Int] = [:]
    var sureDuplicates = 0
    /// The findings that the judge must report.
    var findings: [Finding.Kind: Int] = [:]
    var writers = 1
    var crashes = 0
    var downSeconds: Int64 = 0
    var silences = 0
    /// As of the last turn, by app.
    var isAway = [true, true]
    var isFull = [false, false]
    private(set) var lastRecord: Int64 = 0
    private var seconds: [Int64: Second] = [:]

    /// One second of the history.
    private struct Second {
        var isDown = false
        var isSilent = false
        var isAway = [false, false]
        var isFull = [false, false]
    }

    mutating func recordStory(_ story: Story, _ cause: LateCause? = nil, count: Int = 1) {
        stories[story, default: 0] += count
        if story == .late, let cause { lateCauses[cause, default: 0] += count }
    }

    mutating func note(_ event: Event, at now: Int64) {
        let isMoved = if case .clockMoved = event { true } else { false }
        let isOpening = if case .opened = event { true } else { false }
        defer { lastRecord = now }
        if isMoved || now <= lastRecord { return }
        for second in lastRecord..<now {
            var state = Second()
            state.isDown = isOpening
            state.isSilent = !isOpening && now - lastRecord > 15
            if !isOpening { (state.isAway, state.isFull) = (isAway, isFull) }
            seconds[second] = state
        }
        if isOpening { downSeconds += now - lastRecord }
        if !isOpening && now - lastRecord > 15 { silences += 1 }
    }

    mutating func writerEnds(isClean: Bool) {
        writers += 1
        if !isClean { crashes += 1 }
        (isAway, isFull) = ([true, true], [false, false])
    }

    /// What held a trigger longest that was due at `from` and came at `to`; of equal causes the first.
    func cause(
        from: Int64, to: Int64, ready: Int64, before: LateCause, _ app: Int
    ) -> LateCause {
        let order: [LateCause] = [.downtime, .parked, before, .windowFull, .silence, .writer]
        var counts: [LateCause: Int] = [:]
        for second in from..<to {
            let state = seconds[second] ?? Second()
            let held: [(isSo: Bool, LateCause)] = [
                (state.isDown, .downtime), (state.isAway[app], .parked), (second < ready, before),
                (state.isFull[app], .windowFull), (state.isSilent, .silence), (true, .writer),
            ]
            if let (_, cause) = held.first(where: \.isSo) { counts[cause, default: 0] += 1 }
        }
        var longest = order[0]
        for cause in order where counts[cause, default: 0] > counts[longest, default: 0] {
            longest = cause
        }
        return longest
    }
}

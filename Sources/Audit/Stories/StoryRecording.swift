// The story of each tick is recorded once: when the tick is over, when its job ends before that, or at the end
// of the log.

import EventLog
import Jobs

extension Audit {
    /// Records the story of `tick`, unless it has one. Earlier ticks without a story, which an event has
    /// passed over, get the story `passing`.
    mutating func recordStory(
        _ story: Story, through tick: UInt64, of generation: inout Generation,
        passing: Story = .unexplained
    ) {
        let recorded = generation.progress.through
        defer { generation.progress = StoryProgress(through: max(recorded, tick)) }
        guard tick > recorded else { return }
        count(passing, Int(clamping: tick - recorded - 1), of: generation)
        count(story, 1, of: generation)
        if story == .late, isReported(generation), let cause = generation.progress.cause {
            stories.report.lateCounts.add(cause)
        }
    }

    private mutating func count(_ story: Story, _ count: Int, of generation: Generation) {
        guard count > 0, isReported(generation) else { return }
        stories.report.counts.add(story, count)
        apps[generation.app].stories.add(story, count)
    }

    /// Notes how late a trigger was, and why. `awaited` is its attempt, if its job waited for it.
    mutating func measure(
        _ event: Trigger, for awaited: Attempt?, of generation: inout Generation
    ) {
        if case .waiting = generation.phase, event.tick > generation.tick {
            recordStory(.missed, through: event.tick - 1, of: &generation, passing: .missed)
        }
        let attempt = awaited ?? Attempt(at: event.due, since: now.sequence, time: now.time)
        let lateness = max(0, now.time.nanoseconds(since: attempt.at))
        var delay: Delay?
        if lateness > Stories.tolerance {
            delay = awaited.map { self.delay(of: event, for: $0, of: generation) }
            // What its job waited for is unknown, and so is why it came late.
            if delay == nil { generation.progress.isUnexplained = true }
        }
        let cause = delay?.cause
        let isReported = isReported(event, of: generation)
        if isReported { stories.add(lateness, cause) }
        if event.attempt == 1 {
            generation.progress.lateness = lateness
            generation.progress.cause = cause
        } else {
            generation.progress.retried(
                total: now.time.nanoseconds(since: event.due))
        }
        guard isReported, let lateMax = stories.report.lateMax, .nanoseconds(lateness) > lateMax
        else { return }
        let found = delay ?? self.delay(of: event, for: attempt, of: generation)
        stories.add(
            LateTrigger(
                trigger: TriggerID(now.sequence), generation: generation.number,
                job: generation.id, tick: event.tick, attempt: event.attempt, at: attempt.at,
                lateness: .nanoseconds(lateness), cause: found.cause,
                unexcused: .nanoseconds(found.unexcused)), lateMax: lateMax)
    }

    /// Records the story of the tick if `event`, its acknowledgement, ends it.
    mutating func recordStory(
        _ event: Acknowledgement, of generation: inout Generation, tick: UInt64
    ) {
        if let next = event.next, next.tick == tick { return }
        let story: Story
        switch event.outcome {
        case .succeeded: story = generation.progress.story
        case .failed, .timedOut, .dropped: story = .givenUp
        case .late, .abandoned, .undeliverable: story = .unexplained
        }
        let isUnexplained = generation.progress.isUnexplained
        recordStory(isUnexplained ? .unexplained : story, through: tick, of: &generation)
    }

    mutating func recordSkipped(_ event: Skip, of generation: inout Generation) {
        guard event.firstTick > 0, event.firstTick <= event.lastTick else { return }
        recordStory(.unexplained, through: event.firstTick &- 1, of: &generation)
        recordStory(.skipped, through: event.lastTick, of: &generation, passing: .skipped)
    }

    /// Records the story of a tick whose job ends before it; `isMissed` says that an earlier turn should
    /// have triggered it.
    mutating func recordEnd(of generation: inout Generation, isMissed: Bool) {
        switch generation.phase {
        case .finished: break
        case .inFlight:
            recordStory(generation.progress.story, through: generation.tick, of: &generation)
        case .waiting(let attempt):
            if isMissed {
                recordStory(.missed, through: generation.tick, of: &generation)
            } else if attempt.isRepeated || attempt.at <= now.time {
                recordStory(.withdrawn, through: generation.tick, of: &generation)
            }
        case .unknown: recordUnknown(of: &generation)
        }
    }

    /// Records an unexplained story if the tick came due: its history went wrong.
    mutating func recordUnknown(of generation: inout Generation) {
        guard generation.due <= now.time else { return }
        recordStory(.unexplained, through: generation.tick, of: &generation)
    }
}

// Each tick's story is told once: when it is over, when its job ends before it is, or where the log
// ends.

import EventLog
import Jobs

extension Audit {
    /// Tells the story of `tick`, unless it has been told. Ticks before it that have none were passed
    /// over by an event that was reported.
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

    /// A trigger was recorded: notes how late it was, and why. `awaited` is the attempt it was, if
    /// it was the one its job waited for.
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
            // What it waited for is not known, so neither is why it came late.
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

    /// The trigger of `flight` was acknowledged; if that ends its tick, its story is told.
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

    /// Its job ends before the tick is over; `isMissed` says that an earlier turn should have
    /// triggered it.
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

    /// Its history went wrong: what became of its tick cannot be told, if it came due.
    mutating func recordUnknown(of generation: inout Generation) {
        guard generation.due <= now.time else { return }
        recordStory(.unexplained, through: generation.tick, of: &generation)
    }
}

import Audit
import EventLog
import Jobs
import Testing

@Suite("What happened to each tick")
struct StoryTests {
    @Test(
        "a tick triggered within a second is on time, later it is late",
        arguments: [(60, .onTime), (61, .onTime), (62, .late)] as [(Int64, Story)])
    func onTime(triggered: Int64, story: Story) throws {
        var history = try History.ready()
        let job = try history.created()
        history.idle(from: 10, to: 60)
        history.acknowledged(history.triggered(job, at: triggered), .succeeded)
        history.deleted(job, .completed)
        #expect(history.verdicts == [])
        #expect(history.stories == [story: 1])
    }

    @Test(
        "a tick that the app refuses, or that fails for good, is given up",
        arguments: [Acknowledgement.Outcome.dropped, .failed, .timedOut])
    func givenUp(outcome: Acknowledgement.Outcome) throws {
        var history = try History.ready()
        let job = try history.created(policy: .drop)
        history.acknowledged(history.triggered(job, at: 60), outcome, code: 500)
        history.deleted(job, .givenUp)
        #expect(history.verdicts == [])
        #expect(history.stories == [.givenUp: 1])
    }

    @Test("skipped ticks are counted, including the one that waits")
    func skipped() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.skipped(job, 1...3, next: (4, 240))
        history.acknowledged(
            history.triggered(job, tick: 4, due: 240, at: 240), .succeeded, next: (5, 300))
        #expect(history.stories == [.skipped: 3, .onTime: 1])
    }

    @Test("a tick that waited for its app when its job ended is withdrawn; a future one is not")
    func withdrawn() throws {
        let cases: [(Int64, [Story: Int])] = [(59, [:]), (60, [.withdrawn: 1])]
        for (deleted, stories) in cases {
            var history = History()
            history.opened(isAfterCleanClose: true)
            let job = try history.created()
            history.deleted(job, at: deleted)
            #expect(history.verdicts == [])
            #expect(history.stories == stories)
        }
    }

    @Test("a tick that waited for another attempt when its job was replaced is withdrawn")
    func withdrawnRetry() throws {
        var history = try History.ready()
        let job = try history.created()
        history.acknowledged(history.triggered(job, at: 60), .failed, next: (1, 61))
        try history.updated(job, firstDue: 90)
        #expect(history.verdicts == [])
        #expect(history.stories == [.withdrawn: 1])
    }

    @Test("a tick in flight when its job ends has run, on time or late")
    func inFlightAtTheEnd() throws {
        for (triggered, story) in [(60, Story.onTime), (70, .late)] as [(Int64, Story)] {
            var history = try History.ready()
            let job = try history.created()
            let trigger = history.triggered(job, at: triggered)
            history.deleted(job)
            history.acknowledged(trigger, .late)
            #expect(history.stories == [story: 1])
        }
    }

    @Test("a tick that is not over where the log ends is pending, whatever it waits for")
    func pending() throws {
        var parked = History()
        parked.opened(isAfterCleanClose: true)
        try parked.created()
        parked.add(.frontier, at: 60)
        #expect(parked.stories == [.pending: 1])
        #expect(parked.audit.report().pendingCounts[.parked] == 1)

        var undecided = try History.ready()
        let job = try undecided.created()
        undecided.add(.frontier, at: 60)
        #expect(undecided.audit.report().pendingCounts[.undecided] == 1)

        var inFlight = undecided
        let trigger = inFlight.triggered(job, at: 60)
        #expect(inFlight.stories == [.pending: 1])

        inFlight.acknowledged(trigger, .failed, next: (1, 61))
        #expect(inFlight.stories == [.pending: 1])
        #expect(inFlight.audit.report().pendingCounts[.retrying] == 1)
    }

    @Test("a tick that an earlier turn should have triggered is missed when its job ends")
    func missed() throws {
        var history = try History.ready()
        let job = try history.created()
        history.seal(through: 60)
        var ended = history
        #expect(history.stories == [.missed: 1])
        ended.deleted(job)
        #expect(ended.stories == [.missed: 1])
    }

    @Test("ticks passed over by a later one are missed, each of them")
    func missedMany() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(history.triggered(job, at: 60), .succeeded, next: (2, 120))
        let trigger = history.triggered(job, tick: 5, due: 300, at: 300)
        history.acknowledged(trigger, .succeeded, next: (6, 360))
        #expect(history.stories == [.onTime: 2, .missed: 3])
    }

    @Test("a tick whose trigger cannot be explained is unexplained, not on time")
    func unexplained() throws {
        var history = try History.ready()
        let job = try history.created()
        history.acknowledged(history.triggered(job, at: 59), .succeeded)
        history.deleted(job, .completed)
        #expect(history.audit.report().findingCounts[.unexplained] == 1)
        #expect(history.stories == [.unexplained: 1])
    }

    @Test("ticks that an answer leaves out without a reason are unexplained")
    func passedOver() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(history.triggered(job, at: 60), .succeeded, next: (4, 240))
        let trigger = history.triggered(job, tick: 4, due: 240, at: 240)
        history.acknowledged(trigger, .succeeded, next: (5, 300))
        #expect(history.stories == [.onTime: 2, .unexplained: 2])
    }

    @Test("a tick has one story, however often it is triggered")
    func once() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s")
        history.acknowledged(history.triggered(job, at: 60), .succeeded, next: (2, 120))
        let again = history.triggered(job, at: 61)
        history.acknowledged(again, .succeeded, next: (2, 120))
        let second = history.triggered(job, tick: 2, due: 120, at: 120)
        history.acknowledged(second, .succeeded, next: (3, 180))
        #expect(history.audit.report().findingCounts[.duplicate] == 1)
        #expect(history.stories == [.onTime: 2])
    }

    @Test("a job without a tick has no story")
    func expired() throws {
        var history = try History.ready()
        let job = try history.created(schedule: "@every 60s", firstDue: nil, expiry: 30)
        history.deleted(job, .expired, at: 100)
        #expect(history.verdicts == [])
        #expect(history.stories == [:])
    }

    @Test("stories are also counted by app, in the order of the apps' appearance")
    func byApp() throws {
        var history = try History.ready()
        let mail = try history.created("mail", app: "mail")
        let job = try history.created()
        history.acknowledged(history.triggered(job, at: 60), .succeeded)
        history.deleted(job, .completed)
        history.deleted(mail, at: 61)
        let apps = history.audit.report().stories.apps
        #expect(apps.map(\.route.receiverName) == ["shop", "mail"])
        #expect(apps.map { $0.counts[.onTime] } == [1, 0])
        #expect(apps.map { $0.counts[.withdrawn] } == [0, 1])
    }

    @Test("apps are counted separately up to the limit")
    func appsLimit() throws {
        for (apps, listed) in [(2, 2), (3, 2)] {
            var limits = AuditLimits()
            limits.appsMax = 2
            var history = History(limits: limits)
            history.opened(isAfterCleanClose: true)
            for app in 1...apps { try history.created(app: "app\(app)") }
            history.add(.frontier, at: 60)
            #expect(history.audit.report().stories.apps.count == listed)
            #expect(history.stories == [.pending: apps])
        }
    }
}

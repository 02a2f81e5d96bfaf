import EventLog
import Jobs
import SchedulerCore
import Testing

@Suite("The clock of a log") struct LogClockTests {
    private static let start = Timestamp(seconds: 1_893_456_000)
    private static let hour: Int64 = 3_600
    private static let day = 24 * hour

    /// A machine whose wall clock can be set.
    private struct Machine {
        var seconds: Int64 = 5_000
        /// Wall clock minus what it should be, in seconds.
        var error: Int64 = 0
        var clock: LogClock

        init(error: Int64 = 0, after last: Timestamp? = start, jumpMax: Int64 = hour) {
            self.error = error
            clock = LogClock(
                at: Machine.reading(5_000, error), after: last, jumpMax: jumpMax * 1_000_000_000)
        }

        static func reading(_ seconds: Int64, _ error: Int64) -> LogClock.Reading {
            LogClock.Reading(
                wallSeconds: 1_893_456_000 - 5_000 + seconds + error, wallNanoseconds: 7,
                uptime: seconds * 1_000_000_000)
        }

        /// Time passes, and the clock is read every second, as the writer does.
        mutating func pass(_ seconds: Int64, error: Int64? = nil) -> [LogClock.Change] {
            if let error { self.error = error }
            var changes: [LogClock.Change] = []
            for _ in 0..<seconds {
                self.seconds += 1
                changes += clock.read(Machine.reading(self.seconds, self.error))
            }
            return changes
        }

        /// The log's time, in whole seconds after the start.
        var now: Int64 { (clock.now.nanoseconds(since: start) - 7) / 1_000_000_000 }
    }

    private static func at(_ seconds: Int64) -> Timestamp {
        start.clampedAdding(nanoseconds: seconds * 1_000_000_000 + 7)
    }

    @Test("follows a wall clock that goes a little fast or slow, and says nothing") func drift() {
        var machine = Machine()
        for error in [1, 2, 1, 0, -1, 0] as [Int64] {
            #expect(machine.pass(3, error: error).isEmpty)
        }
        #expect(machine.now == 18)
    }

    @Test(
        "believes a jump forward up to the limit, and any jump back",
        arguments: [2, hour, -2, -8 * hour])
    func jump(by error: Int64) {
        var machine = Machine()
        #expect(machine.pass(2).isEmpty)
        #expect(machine.pass(1, error: error) == [.moved(from: Self.at(3), to: Self.at(3 + error))])
        #expect(machine.now == 3 + error)
        #expect(!machine.clock.isHeld)
        #expect(machine.pass(5).isEmpty)
    }

    @Test(
        "does not believe a longer jump; all is as it was when the clock comes back"
    )
    func returned() {
        var machine = Machine()
        #expect(machine.pass(1, error: 8 * Self.hour) == [.held(wall: Self.at(1 + 8 * Self.hour))])
        #expect(machine.clock.isHeld)
        #expect(machine.now == 1)
        #expect(machine.pass(100).isEmpty)
        #expect(machine.now == 101)
        #expect(machine.pass(1, error: 0) == [.released(.returned)])
        #expect(machine.now == 102)
        #expect(machine.pass(700).isEmpty)
    }

    @Test("comes back to within the limit: the rest is a jump") func returnedNearly() {
        var machine = Machine()
        _ = machine.pass(1, error: 8 * Self.hour)
        #expect(
            machine.pass(1, error: 60) == [
                .released(.returned), .moved(from: Self.at(2), to: Self.at(62)),
            ])
    }

    @Test("believes what has advanced evenly for ten minutes, and begins anew when it moves again")
    func steady() {
        var machine = Machine()
        _ = machine.pass(1, error: 8 * Self.hour)
        #expect(machine.pass(500).isEmpty)
        #expect(machine.pass(1, error: 9 * Self.hour).isEmpty)
        #expect(machine.pass(599).isEmpty)
        let moved = machine.pass(1)
        #expect(moved.first == .released(.steady))
        #expect(moved.last == .moved(from: Self.at(1_102), to: Self.at(1_102 + 9 * Self.hour)))
        #expect(machine.now == 1_102 + 9 * Self.hour)
    }

    @Test("an operator says that it is right") func accepted() {
        var machine = Machine()
        #expect(machine.clock.accept(Machine.reading(5_001, 0)).isEmpty)
        _ = machine.pass(1, error: 8 * Self.hour)
        #expect(
            machine.clock.accept(Machine.reading(5_002, 8 * Self.hour)) == [
                .released(.accepted), .moved(from: Self.at(1), to: Self.at(2 + 8 * Self.hour)),
            ])
        #expect(!machine.clock.isHeld)
    }

    @Test("at a start a clock before the end of the log is held, and the log's time stands still")
    func before() {
        var machine = Machine(error: -60)
        #expect(machine.clock.isHeld)
        #expect(
            machine.clock.start(at: Machine.reading(5_000, -60)) == [.held(wall: Self.at(-60))])
        #expect(machine.pass(59).isEmpty)
        #expect(machine.now == 0)
        #expect(machine.pass(1) == [.released(.returned)])
        #expect(machine.now == 0)
        #expect(machine.pass(10).isEmpty)
        #expect(machine.now == 10)
    }

    @Test("at a start a clock 30 days after the end of the log is believed, a later one not")
    func after() {
        let month = 30 * Self.day
        #expect(!Machine(error: month - 1).clock.isHeld)
        var machine = Machine(error: month + 1)
        #expect(machine.clock.isHeld)
        #expect(machine.pass(599).isEmpty)
        let released = machine.pass(1)
        #expect(released.first == .released(.steady))
        #expect(machine.now == 600 + month + 1)
    }

    @Test("an empty log believes any clock that can be") func empty() {
        #expect(!Machine(error: -40 * 365 * Self.day, after: nil).clock.isHeld)
        #expect(Machine(error: 400 * 365 * Self.day, after: nil).clock.isHeld)
    }

    @Test(
        "what no timestamp holds is never believed, and traps nothing",
        arguments: [.min, .max, -11_676_096_000, 253_402_300_799, 9_223_372_036, 9_223_372_037])
    func impossible(_ seconds: Int64) {
        func reading(_ uptime: Int64) -> LogClock.Reading {
            LogClock.Reading(
                wallSeconds: seconds, wallNanoseconds: 999_999_999,
                uptime: uptime * 1_000_000_000)
        }
        var clock = LogClock(at: reading(1), after: Self.start, jumpMax: .max)
        #expect(clock.isHeld)
        for second in 2..<1_000 { #expect(clock.read(reading(Int64(second))).isEmpty) }
        #expect(clock.accept(reading(1_000)) == [.held(wall: reading(1_000).wall)])
        #expect(clock.isHeld)
        #expect(clock.now == Self.start)
        #expect(
            clock.read(Machine.reading(6_000, 0)) == [
                .released(.returned), .moved(from: Self.start, to: Self.at(1_000)),
            ])
        // Seen by a process that runs.
        #expect(clock.read(reading(6_001)) == [.held(wall: reading(0).wall)])
        #expect(clock.now == Self.at(1_001))
    }
}

// The time that is recorded and that decides what is due. It is the wall clock's, but not whatever that shows: a clock
// that is wrong for three seconds must neither trigger a year's ticks nor leave a log whose next records are in the
// past. The wall clock is compared with the time since the machine started (CLOCK_BOOTTIME, which counts while the
// machine is suspended). A jump forward of more than `jumpMax` begins a hold: the log goes on in its own time, and the
// decider triggers nothing, until the wall clock comes back, has advanced evenly for `steadyTime`, or an operator
// accepts it. A jump back is followed at once. At a start a clock before the log's last record, or more than
// `awayMax` after it, is held too; the log's time stands still then.

package import EventLog
package import Jobs

package struct LogClock: Sendable {
    package enum Change: Equatable, Sendable {
        case moved(from: Timestamp, to: Timestamp)
        case held(wall: Timestamp)
        case released(ClockRelease)
    }

    /// Both clocks at one instant.
    package struct Reading: Sendable {
        /// Clamped if the wall clock is outside of what a `Timestamp` can hold.
        package let wall: Timestamp
        /// Nanoseconds since the machine started.
        let uptime: Int64

        /// `wallSeconds` and `wallNanoseconds` as CLOCK_REALTIME has them, since 1970.
        package init(wallSeconds: Int64, wallNanoseconds: Int64, uptime: Int64) {
            self.init(wall: Timestamp(clamping: wallSeconds, wallNanoseconds), uptime: uptime)
        }

        package init(wall: Timestamp, uptime: Int64) {
            // The ends stand for "before everything" and "never".
            let nanoseconds = min(max(wall.rawValue, .min + 1), .max - 1)
            self.wall = Timestamp(nanoseconds: nanoseconds)
            self.uptime = uptime
        }

        /// Whether a wall clock can be there at all: not at the end of what a `Timestamp` holds.
        fileprivate var isCredible: Bool {
            wall.rawValue.magnitude < UInt64(Int64.max - LogClock.edge)
        }
    }

    /// The wall clock is not believed.
    private struct Hold {
        /// Whether the log's time goes on; otherwise it stands at the log's last record.
        let isRunning: Bool
        /// Since when the wall clock has advanced evenly.
        var steadySince: Reading
    }

    /// A wall clock that moved this much against the other has jumped: 1 s in nanoseconds.
    package static let jumpMin: Int64 = 1_000_000_000
    /// How long a wall clock must advance evenly to be believed: 10 min in nanoseconds.
    package static let steadyTime: Int64 = 600_000_000_000
    /// The longest time without a scheduler that is believed at a start: 30 days in nanoseconds.
    package static let awayMax: Int64 = 30 * 86_400_000_000_000
    /// A wall clock this near to the ends of a `Timestamp` is not believed: a day in nanoseconds.
    private static let edge: Int64 = 86_400_000_000_000

    /// What a jump forward may be, if nothing else is said: 1 h in nanoseconds.
    package static let jumpMaxStandard: Int64 = 3_600_000_000_000

    /// A jump forward beyond this is held; nanoseconds.
    private let jumpMax: Int64
    /// The log's time minus the time since the machine started, in nanoseconds.
    private var offset: Int64
    private var hold: Hold?
    /// The time of the log, as of the last reading.
    package private(set) var now: Timestamp

    package var isHeld: Bool { hold != nil }

    /// The clock of a process that continues a log; `last` is the time of the log's last record, `nil` if it has none.
    /// Followed by `start`.
    package init(at reading: Reading, after last: Timestamp?, jumpMax: Int64) {
        self.jumpMax = jumpMax
        let last = last ?? (reading.isCredible ? reading.wall : Timestamp(nanoseconds: 0))
        let away = reading.wall.nanoseconds(since: last)
        let isBelieved =
            reading.isCredible && away >= -LogClock.jumpMin && away <= LogClock.awayMax
        now = isBelieved ? reading.wall : last
        offset = now.rawValue.clampedAdding(-reading.uptime)
        hold = isBelieved ? nil : Hold(isRunning: false, steadySince: reading)
    }

    /// What the first turn after `open` must be told.
    package func start(at reading: Reading) -> [Change] {
        isHeld ? [.held(wall: reading.wall)] : []
    }

    /// Takes a reading, and returns what has changed since the last one.
    package mutating func read(_ reading: Reading) -> [Change] {
        let expected = expected(at: reading)
        let error = reading.wall.nanoseconds(since: expected)
        guard var hold else { return follow(reading, expected, error) }
        now = expected
        if isBelievedAgain(reading, error, hold) { return release(.returned, reading) }
        let steady = reading.wall.nanoseconds(since: hold.steadySince.wall)
            .clampedAdding(hold.steadySince.uptime - reading.uptime)
        if steady.magnitude > UInt64(LogClock.jumpMin) || !reading.isCredible {
            hold.steadySince = reading
            self.hold = hold
        } else if reading.uptime - hold.steadySince.uptime >= LogClock.steadyTime {
            return release(.steady, reading)
        }
        return []
    }

    /// An operator says that the wall clock is right. The decider has ended the hold already.
    package mutating func accept(_ reading: Reading) -> [Change] {
        guard isHeld else { return [] }
        // Nobody can have meant that.
        guard reading.isCredible else { return [.held(wall: reading.wall)] }
        return release(.accepted, reading)
    }

    private func expected(at reading: Reading) -> Timestamp {
        if let hold, !hold.isRunning { return now }
        return Timestamp(nanoseconds: offset.clampedAdding(reading.uptime))
    }

    private mutating func follow(
        _ reading: Reading, _ expected: Timestamp, _ error: Int64
    ) -> [Change] {
        guard error <= jumpMax, reading.isCredible else {
            hold = Hold(isRunning: true, steadySince: reading)
            now = expected
            return [.held(wall: reading.wall)]
        }
        now = reading.wall
        offset = now.rawValue.clampedAdding(-reading.uptime)
        return error.magnitude > UInt64(LogClock.jumpMin)
            ? [.moved(from: expected, to: now)] : []
    }

    /// Whether the wall clock shows about what it should: of a log that stands still, a time after its last record.
    private func isBelievedAgain(_ reading: Reading, _ error: Int64, _ hold: Hold) -> Bool {
        guard reading.isCredible else { return false }
        return hold.isRunning
            ? error <= jumpMax : error >= 0 && error <= LogClock.awayMax
    }

    private mutating func release(_ reason: ClockRelease, _ reading: Reading) -> [Change] {
        let before = now
        hold = nil
        now = reading.wall
        offset = now.rawValue.clampedAdding(-reading.uptime)
        let moved = now.nanoseconds(since: before).magnitude > UInt64(LogClock.jumpMin)
        return [.released(reason)] + (moved ? [.moved(from: before, to: now)] : [])
    }
}

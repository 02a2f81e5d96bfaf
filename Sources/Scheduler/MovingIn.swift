// The first records of a log whose jobs come from another scheduler. They are decided and encoded as
// a server's are: a process becomes the writer, accepts the jobs, and closes the log.

package import EventLog
import JobState
package import Jobs
import SchedulerCore

package enum MovingIn {
    /// Commands of one turn at most.
    private static let commandsMax = 500

    /// Decides all turns of a log with these jobs, and gives each to `append`, which must make it
    /// durable. No two may have one name, and each must be acceptable now.
    package static func write(
        _ plans: [JobPlan], softwareVersion: String,
        append: (Turn) throws(LogError) -> Void
    ) throws(LogError) {
        var cycle = TurnCycle(continuing: JobProjection())
        func store(_ turn: consuming DecidedTurn) throws(LogError) {
            if let turn = turn.turn { try append(turn) }
            for case .replies(let replies) in cycle.stored(turn) {
                for (token, reply) in replies {
                    precondition(reply == .scheduled, "job \(token.rawValue): \(reply)")
                }
            }
        }
        try store(
            cycle.open(
                bootID: .random(), softwareVersion: softwareVersion, changedRules: [],
                now: WallClock.reading.wall))
        var next = 0
        while next < plans.count || !cycle.pending.isEmpty {
            let end = min(plans.count, next + max(0, commandsMax - cycle.pending.count))
            let commands = (next..<end).map { index in
                Input.command(.schedule(plans[index]), token: ReplyToken(UInt64(index)))
            }
            next = end
            try store(cycle.begin(commands, now: WallClock.reading.wall))
        }
        try store(cycle.begin([.close], now: WallClock.reading.wall))
    }
}

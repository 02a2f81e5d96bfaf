// What the program's log says of the clock.

import EventLog
import Jobs
import Logging
import SchedulerCore

extension Writer where Log: ~Copyable {
    /// Tells of changes of the clock, and returns them as inputs.
    mutating func note(_ changes: [LogClock.Change]) -> [Input] {
        for change in changes {
            switch change {
            case .moved(let from, let to):
                logger.warning(
                    "the wall clock jumped",
                    metadata: ["by": "\(GoDuration.text(to.nanoseconds(since: from)))"])
            case .held(let wall):
                logger.error(
                    """
                    the wall clock is not believed: nothing is triggered until it comes back, has \
                    advanced evenly for 10 minutes, or "daybook clock accept" says that it is right
                    """,
                    metadata: [
                        "clock": "\(InstantText.utc(wall))", "log": "\(InstantText.utc(clock.now))",
                    ])
            case .released(let reason):
                logger.notice(
                    "the wall clock is believed again", metadata: ["because": "\(reason)"])
            }
        }
        metrics.liveness.holdClock(clock.isHeld)
        return changes.map { .clock($0) }
    }
}

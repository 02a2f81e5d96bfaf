// The flags of `daybook serve` that say how the log and its clock are kept.

import ArgumentParser
import Settings

struct LogFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Records after which the state is written to a checkpoint again, so that the next \
            start reads only what came later. (default: 250000)
            """, valueName: "records"))
    var checkpointInterval: String?

    @Option(
        help: ArgumentHelp(
            """
            The longest jump of the clock forward that is believed at once; a longer one stops \
            triggers for a while. (default: 1h)
            """, valueName: "duration"))
    var clockJumpMax: String?

    @Option(
        help: ArgumentHelp(
            "The log begins another segment when the last has so many bytes. (default: 1Gi)",
            valueName: "size"))
    var segmentBytes: String?

    @Option(
        help: ArgumentHelp(
            "The log begins another segment when the last has begun so long ago. (default: 24h)",
            valueName: "duration"))
    var segmentAge: String?

    @Option(
        help: ArgumentHelp(
            """
            For how long the log is kept; what is older is removed in whole segments, such as 90d. \
            (default: off, for ever)
            """, valueName: "duration"))
    var retain: String?

    @Option(
        help: ArgumentHelp(
            """
            How many bytes the log may have; the oldest segments are removed beyond that. \
            (default: off)
            """, valueName: "size"))
    var retainBytes: String?

    @Option(
        help: ArgumentHelp(
            "Where a segment is kept as a file before it is removed. (default: nowhere)",
            valueName: "dir"), completion: .directory)
    var archiveDir: String?

    var flags: [(SettingKey, String?)] {
        [
            (.checkpointInterval, checkpointInterval), (.clockJumpMax, clockJumpMax),
            (.segmentBytes, segmentBytes), (.segmentAge, segmentAge),
            (.retain, retain), (.retainBytes, retainBytes), (.archiveDir, archiveDir),
        ]
    }
}

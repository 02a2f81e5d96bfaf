import ArgumentParser

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Tell a running server that the clock is right.",
        subcommands: [ClockAccept.self])
}

struct ClockAccept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "End a hold of the clock: it is right as it is.",
        discussion: """
              daybook clock accept --data-dir daybook-data

            A server does not believe a clock that jumps forward by more than --clock-jump-max, or \
            that at a start is before the end of the log or 30 days after it. It triggers nothing \
            then until the clock comes back, has advanced evenly for 10 minutes, or this command \
            says that it is right. What has come due meanwhile is triggered at once.

            /readyz of the server says "clockHeld":true while it does not believe the clock; so do \
            the metric daybook_clock_held and the log.

            The server must run on this machine, on the data directory --data-dir, by a user who \
            may open the socket operator.sock there.

            Exit codes: 0 the clock is believed; 1 it is not: it shows a time that cannot be; \
            2 wrong usage; 3 no server answers; 6 I/O error.
            """)

    @OptionGroup var directory: DataDirectoryOption
    @OptionGroup var timeout: JobsTimeoutOption

    mutating func run() async throws {
        let place = try JobsPlace(.acceptClock, in: directory, timeout)
        let (wasHeld, isHeld) = try await JobsClient.with(place) { try await $0.acceptClock() }
        if isHeld {
            throw Failure(
                code: Failure.refused,
                reason: "the clock shows a time that cannot be; set it right first")
        }
        try JobsOutput.tell(
            "the clock is believed\(wasHeld ? " again" : ", as before"), by the server at",
            name: place.address.shown)
    }
}

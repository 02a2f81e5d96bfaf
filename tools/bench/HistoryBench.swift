// Makes a log to measure restarts with. Its jobs are daily if nothing else is said; the last round of
// triggers lies half a day back, so that a server that boots from it has nothing to do.

import ArgumentParser
import EventLog
import Foundation
import Jobs
import LMDBLog

struct HistoryBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Make a log of jobs, all triggered and answered.")

    @Option(help: "An empty directory for the log.") var dataDir: String
    @Option(help: "Jobs, with names of 32 bytes.") var jobs = 1_000_000
    @Option(help: "Events in the log, at least; whole rounds are made.") var events = 10_000_000
    @Option(help: "Letters in a job's payload.") var payload = 200
    @Option(help: "Jobs that are made, triggered or answered in one turn.") var turn = 500

    @Option(help: "Seconds between rounds. A scheduler that waits writes an event every ten.")
    var period: Int64 = 24 * 3_600

    func validate() throws {
        if period < 1 { throw ValidationError("--period: at least a second") }
        if jobs < 1 || !(1...500).contains(turn) { throw ValidationError("a turn has 1 to 500") }
    }

    func run() throws {
        let rounds = max(0, (events - jobs + 2 * jobs - 1) / (2 * jobs))
        let start = Int64(Date().timeIntervalSince1970) - Int64(rounds) * period - period / 2
        var history = try SyntheticHistory(
            jobs: jobs, schedule: "@every \(period)s", start: Timestamp(seconds: start),
            payloadBytes: payload, jobsOfATurn: turn)
        var log = try LMDBLog(directory: dataDir)
        while history.head.rawValue < UInt64(events) || history.isBusy {
            try history.writeTurn(to: &log)
        }
        try HistoryFigures(events: history.head.rawValue).show()
    }
}

private struct HistoryFigures: Figures { let events: UInt64 }

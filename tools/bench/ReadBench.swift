// What a boot cannot do without: reading every record with its checksum and every seal with its
// digest, and folding nothing.

import ArgumentParser
import EventLog
import LMDBLog

struct ReadBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Read and check a log, as a boot does before it folds.")

    @Argument(help: "A directory with a log; see the command history.") var dataDir: String

    func run() throws {
        var position = SequenceNumber.zero
        let took = try ContinuousClock().measure {
            let log = try LMDBReader(directory: dataDir)
            var check = SealCheck(after: .genesis(of: log.identity))
            while true {
                let page = try log.read(after: position, limit: 10_000)
                if page.records.isEmpty { break }
                try check.add(page)
                position = page.records.last
            }
        }
        try ReadFigures(events: position.rawValue, seconds: took / .seconds(1)).show()
    }
}

private struct ReadFigures: Figures {
    let events: UInt64
    let seconds: Double
}

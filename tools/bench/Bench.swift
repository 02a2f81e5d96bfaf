import ArgumentParser

@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook-bench",
        abstract: "Measures Daybook. Build for release; see tools/bench/run.",
        subcommands: [
            HistoryBench.self, ReadBench.self, StallBench.self, ServeBench.self,
            HTTP2EchoBench.self, AppBench.self, GrowthBench.self, MemoryBench.self,
            ScheduleBench.self,
        ])
}

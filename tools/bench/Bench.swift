import ArgumentParser

@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook-bench",
        abstract: "Measures Daybook. Build for release; see tools/bench/run.",
        subcommands: [
            FoldBench.self, HistoryBench.self, StallBench.self, ServeBench.self, ScheduleBench.self,
            MemoryBench.self, FuzzBench.self, GRPCEchoBench.self, WatchBench.self,
        ])
}

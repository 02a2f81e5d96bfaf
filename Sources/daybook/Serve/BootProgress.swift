import Logging
import Scheduler

/// Logs the progress of a boot that takes long.
struct BootProgress {
    private let liveness: Liveness
    private let logger: Logger

    init(of liveness: Liveness, logger: Logger) {
        self.liveness = liveness
        self.logger = logger
    }

    /// A line after a second, then one every five, until the log is read or it is cancelled.
    func run() async {
        var pause = Duration.seconds(1)
        while (try? await Task.sleep(for: pause)) != nil {
            pause = .seconds(5)
            let (folded, end) = liveness.progress
            guard liveness.phase == .folding, end > 0 else { continue }
            logger.info(
                "reading the log",
                metadata: [
                    "records": "\(folded)", "of": "\(end)",
                    "done": "\(folded * 100 / end) %",
                ])
        }
    }
}

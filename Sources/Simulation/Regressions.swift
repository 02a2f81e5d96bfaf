/// A story that was bad once. The seed says nothing by itself: a change of the simulator tells other
/// stories by the same seeds. Then put the mistake back, look for a seed that finds it, and write
/// that one here.
package struct Regression: Sendable {
    package let seed: UInt64
    package let seconds: Int64
    /// What the run showed.
    package let finding: String

    package static let all = [22, 70, 166].map { seed in
        Regression(
            seed: seed, seconds: SimulationOptions.rushSeconds,
            finding: """
                The clock was put back, and what ran when it was due was said to be held by a \
                window that had been full before.
                """)
    }
}

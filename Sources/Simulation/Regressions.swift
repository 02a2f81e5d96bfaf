/// A run that once found a bug. A change of the simulator changes what the same seed does; then
/// reintroduce the bug, search for a seed that finds it, and put that seed here.
package struct Regression: Sendable {
    package let seed: UInt64
    package let seconds: Int64
    /// What the run showed.
    package let finding: String

    package static let all = [22, 70, 166].map { seed in
        Regression(
            seed: seed, seconds: SimulationOptions.rushSeconds,
            finding: """
                The clock was set back, and a trigger that came on time was said to be held by a \
                window that had been full before.
                """)
    }
}

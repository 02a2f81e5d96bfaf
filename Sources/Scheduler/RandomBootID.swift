import Jobs

extension BootID {
    /// A new one, for this start; only the shell leaves anything to chance.
    static func random() -> BootID {
        BootID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }
}

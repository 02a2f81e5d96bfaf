import Jobs

extension BootID {
    /// A random boot id for this start. Only the shell draws random numbers.
    static func random() -> BootID {
        BootID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }
}

enum Version {
    /// The version shown by `--version` and recorded by `opened`.
    static let current = "0.1.0"
}

enum Version {
    /// What `--version` says and `opened` records.
    static let current = "0.1.0"
}

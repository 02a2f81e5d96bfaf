extension BinaryInteger {
    /// The number with its noun: "1 job", "2 jobs", "1 delivery", "2 deliveries".
    package func counted(_ noun: String, plural: String? = nil) -> String {
        "\(self) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}

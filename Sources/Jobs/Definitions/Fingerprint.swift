/// A 64-bit hash of a definition, so that a row can recognise an identical re-registration without
/// keeping the texts.
///
/// FNV-1a over the fields, each with its length. Only definitions of the same name are compared, so
/// the chance of a mistake is 2^-64 per replacement; a caller who forces a collision harms only its
/// own job.
package struct Fingerprint: Equatable, Sendable {
    package private(set) var rawValue: UInt64 = 0xCBF2_9CE4_8422_2325

    package init(
        schedule: String?, dueTime: String?, ttl: String?, repeats: UInt32?,
        failurePolicy: FailurePolicy, payload: PayloadSummary?, submittedAppID: String?,
        concurrencyKey: String?
    ) {
        for text in [schedule, dueTime, ttl, submittedAppID, concurrencyKey] { add(text) }
        add(repeats.map(Int64.init))
        switch failurePolicy {
        case .drop:
            add(Int64?.none)
        case .constant(let interval, let retriesMax):
            add(1)
            add(interval)
            add(retriesMax.map(Int64.init))
        }
        add(payload.map { Int64($0.count) })
        for byte in payload?.sha256 ?? [] { add(byte) }
    }

    /// A fingerprint computed earlier.
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    private mutating func add(_ byte: UInt8) {
        rawValue = (rawValue ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    private mutating func add(_ number: Int64?) {
        add(number == nil ? 0 : 1)
        withUnsafeBytes(of: (number ?? 0).littleEndian) { for byte in $0 { add(byte) } }
    }

    private mutating func add(_ text: String?) {
        add(text.map { Int64($0.utf8.count) })
        for byte in (text ?? "").utf8 { add(byte) }
    }
}

extension Definition {
    package var fingerprint: Fingerprint {
        Fingerprint(
            schedule: schedule, dueTime: dueTime, ttl: ttl, repeats: repeats,
            failurePolicy: failurePolicy, payload: payload, submittedAppID: submittedAppID,
            concurrencyKey: concurrencyKey)
    }
}

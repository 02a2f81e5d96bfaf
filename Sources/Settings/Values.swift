// Parses ports, sizes, durations and addresses. Every error says what would be accepted.

import Jobs

/// Where to listen, or not at all.
package enum ListenPort: Equatable, Sendable {
    case off
    case any
    case fixed(Int)
}

/// The address of an app or one of its replicas.
package struct Endpoint: Hashable, Sendable {
    package let host: String
    package let port: Int
}

package enum LogFormat: String, CaseIterable, Sendable {
    case text
    case json
}

package enum LogLevel: String, CaseIterable, Sendable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}

enum Value {
    static func listenPort(_ text: String, _ origin: Origin) throws(SettingsError) -> ListenPort {
        switch (text, Int(text)) {
        case ("auto", _): return .any
        case (_, .some(0)): return .off
        case (_, .some(let port)) where (1...65_535).contains(port): return .fixed(port)
        default: throw SettingsError(origin, "must be 1 to 65535, 0 or auto, not \"\(text)\"")
        }
    }

    static func port(_ text: String, _ origin: Origin) throws(SettingsError) -> Int {
        try integer(text, origin, in: 1...65_535)
    }

    static func integer(
        _ text: String, _ origin: Origin, in range: ClosedRange<Int>
    ) throws(SettingsError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(
                origin, "must be \(range.lowerBound) to \(range.upperBound), not \"\(text)\"")
        }
        return number
    }

    static func boolean(_ text: String, _ origin: Origin) throws(SettingsError) -> Bool {
        guard let value = Bool(text) else {
            throw SettingsError(origin, "must be true or false, not \"\(text)\"")
        }
        return value
    }

    static func word<Word: CaseIterable & RawRepresentable<String>>(
        _ text: String, _ origin: Origin
    ) throws(SettingsError) -> Word {
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingsError(origin, "must be one of \(words), not \"\(text)\"")
        }
        return word
    }

    /// A level by its name here or in Dapr.
    static func logLevel(_ text: String, _ origin: Origin) throws(SettingsError) -> LogLevel {
        switch text.lowercased() {
        case "warn": .warning
        case "fatal": .critical
        case let name: try word(name, origin)
        }
    }

    /// A number of bytes, as `4194304`, `4096Ki` or `4Mi`.
    static func directory(_ text: String, _ origin: Origin) throws(SettingsError) -> String {
        guard !text.isEmpty else { throw SettingsError(origin, "must name a directory") }
        return text
    }

    static func checkpointInterval(
        _ text: String, _ origin: Origin
    ) throws(SettingsError) -> Int {
        try integer(text, origin, in: SettingLimits.checkpointIntervals)
    }

    static func bodySize(_ text: String, _ origin: Origin) throws(SettingsError) -> Int {
        guard let size = bytes(text), SettingLimits.bodyBytes.contains(size) else {
            throw SettingsError(origin, "must be 1 to 8Mi, such as 512Ki, not \"\(text)\"")
        }
        return size
    }

    static func segmentSize(_ text: String, _ origin: Origin) throws(SettingsError) -> Int {
        guard let size = bytes(text), SettingLimits.segmentBytes.contains(size) else {
            throw SettingsError(origin, "must be 64Ki to 512Gi, such as 1Gi, not \"\(text)\"")
        }
        return size
    }

    /// A number of bytes, or one of kibibytes and so on; `nil` if it is none, or too large.
    private static func bytes(_ text: String) -> Int? {
        for (suffix, size) in [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("", 1)]
        where text.hasSuffix(suffix) {
            guard let count = Int(text.dropLast(suffix.count)) else { return nil }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
            return overflow ? nil : bytes
        }
        return nil
    }

    static func segmentAge(_ text: String, _ origin: Origin) throws(SettingsError) -> Duration {
        let age = (try? GoDuration.parse(text)).map { Duration.nanoseconds($0) }
        guard let age, SettingLimits.segmentAges.contains(age) else {
            throw SettingsError(origin, "must be 1m to 8760h, such as 24h, not \"\(text)\"")
        }
        return age
    }

    /// A Go duration, a number of days, or "off".
    static func retain(_ text: String, _ origin: Origin) throws(SettingsError) -> Duration? {
        if text == "off" { return nil }
        let age: Duration? =
            if text.hasSuffix("d") {
                Int32(text.dropLast()).map { .seconds(Int64($0) * 24 * 3_600) }
            } else {
                (try? GoDuration.parse(text)).map { .nanoseconds($0) }
            }
        guard let age, SettingLimits.retain.contains(age) else {
            throw SettingsError(
                origin, "must be 1m to 36500d, such as 90d or 36h, or off, not \"\(text)\"")
        }
        return age
    }

    static func retainBytes(_ text: String, _ origin: Origin) throws(SettingsError) -> Int? {
        if text == "off" { return nil }
        guard let size = bytes(text), SettingLimits.retainBytes.contains(size) else {
            throw SettingsError(
                origin, "must be 128Ki to 1048576Gi, such as 100Gi, or off, not \"\(text)\"")
        }
        return size
    }

    /// A Go duration, or "off".
    static func timeout(_ text: String, _ origin: Origin) throws(SettingsError) -> Duration? {
        if text == "off" { return nil }
        let refusal = SettingsError(
            origin, "must be 1ms to 8760h, such as 30s, or off, not \"\(text)\"")
        let timeout = (try? GoDuration.parse(text)).map { Duration.nanoseconds($0) }
        guard let timeout, (.milliseconds(1)...SettingLimits.timeoutMax).contains(timeout) else {
            throw refusal
        }
        return timeout
    }

    static func clockJump(_ text: String, _ origin: Origin) throws(SettingsError) -> Duration {
        let jump = (try? GoDuration.parse(text)).map { Duration.nanoseconds($0) }
        guard let jump, SettingLimits.clockJumps.contains(jump) else {
            throw SettingsError(origin, "must be 1s to 8760h, such as 1h, not \"\(text)\"")
        }
        return jump
    }

    static func host(_ text: String, _ origin: Origin) throws(SettingsError) -> String {
        // One colon means that a port was given, which is wrong here; two or more mean IPv6.
        guard isHost(text), text.count(where: { $0 == ":" }) != 1 else {
            throw SettingsError(
                origin, "must be a host name or an IP address without a port, not \"\(text)\"")
        }
        return text
    }

    /// Hosts with commas between them.
    static func hosts(_ text: String, _ origin: Origin) throws(SettingsError) -> [String] {
        try text.split(separator: ",").map { part throws(SettingsError) in
            try host(String(part.drop { $0 == " " }), origin)
        }
    }

    /// `host:port`, `[::1]:port`, or a host alone if there is a default port.
    static func endpoint(
        _ text: String, _ origin: Origin, port standard: Int?
    ) throws(SettingsError) -> Endpoint {
        var (host, port) = (text[...], Substring?.none)
        if text.hasPrefix("["), let end = text.lastIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            port = rest.isEmpty ? nil : rest.hasPrefix(":") ? rest.dropFirst() : ""
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        let refusal = SettingsError(origin, "must be HOST:PORT, not \"\(text)\"")
        guard isHost(host), host.count(where: { $0 == ":" }) != 1 else { throw refusal }
        guard let port = port.map(String.init) ?? standard.map(String.init) else {
            throw SettingsError(origin, "\"\(text)\" has no port, and there is no app-port either")
        }
        guard let number = Int(port), (1...65_535).contains(number) else { throw refusal }
        return Endpoint(host: String(host), port: number)
    }

    private static func isHost(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// One or more tokens, separated by commas or line ends. Errors do not quote them.
    static func tokens(
        _ texts: [String], _ origin: Origin, max: Int
    ) throws(SettingsError) -> [Secret] {
        let words = texts.flatMap { text in
            text.split(whereSeparator: { $0 == "," || $0.isNewline }).map { word in
                String(word.trimming(while: \.isWhitespace))
            }
        }
        guard (1...max).contains(words.count) else {
            throw SettingsError(
                origin, max == 1 ? "must hold one token" : "must hold one token, or two")
        }
        for word in words {
            let isVisible = word.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            guard !word.isEmpty, isVisible, word.utf8.count <= SettingLimits.tokenBytesMax else {
                throw SettingsError(
                    origin,
                    "holds a token that is empty, too long or not made of visible ASCII characters")
            }
        }
        return words.map { Secret(text: $0) }
    }
}

extension Substring {
    fileprivate func trimming(while isUnwanted: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let first = rest.first, isUnwanted(first) { rest.removeFirst() }
        while let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return rest
    }
}

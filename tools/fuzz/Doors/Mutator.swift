// Damaged inputs, from a seed: bits and bytes changed, pieces cut, doubled, moved between inputs,
// words of the door's language put in. Without a look at what the program does with them; libFuzzer
// has that.

package import Simulation

package struct Mutator {
    private var random: SeededRandom
    private let corpus: [[UInt8]]
    private let words: [[UInt8]]

    /// `corpus` holds at least one input.
    package init(_ door: Door, corpus: [[UInt8]], random: SeededRandom) {
        precondition(!corpus.isEmpty, "no inputs to begin with")
        self.corpus = corpus
        self.random = random
        words = door.words
    }

    package mutating func next() -> [UInt8] {
        var bytes = random.choose(corpus)
        // Most of what is changed much is refused at its first byte.
        for _ in 0..<(random.once(in: 3) ? 1 + number(4) : 1) { change(&bytes) }
        return Array(bytes.prefix(Mutator.bytesMax))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = number(bytes.count + 1)
        let range = place..<min(bytes.count, place + 1 + number(8))
        switch number(9) {
        case 0: bytes.insert(UInt8(number(256)), at: place)
        case 1: bytes.insert(contentsOf: random.choose(words), at: place)
        case 2: bytes.replaceSubrange(range, with: random.choose(words))
        case 3: bytes.removeSubrange(range)
        case 4: bytes.removeLast(bytes.count - place)
        case 5: bytes.insert(contentsOf: bytes[range], at: place)
        case 6:
            let other = random.choose(corpus)
            bytes.replaceSubrange(place..., with: other.dropFirst(number(other.count + 1)))
        case 7: if place < bytes.count { bytes[place] = random.choose(Mutator.extremes) }
        default: if place < bytes.count { bytes[place] ^= UInt8(1 << number(8)) }
        }
    }

    private mutating func number(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private static let extremes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x7B, 0x30]
    private static let bytesMax = 16 << 10
}

extension Door {
    /// Words of its language, and what is easily misread in it.
    package var words: [[UInt8]] {
        let texts: [String] =
            switch self {
            case .http:
                [
                    #""schedule":"#, #""dueTime":"#, #""due_time":"#, #""ttl":"#, #""repeats":"#,
                    #""data":"#, #""failurePolicy":{"constant":{"interval":"3s","maxRetries":3}}"#,
                    #""failure_policy":{"drop":{}}"#, #""overwrite":true"#, #""name":"#, "null",
                    "1e999", "-0", "1e-400", "9007199254740993", "[[[[[[[[", #"{"a":{"a":"#,
                    #"\ud800"#, #"\udc00"#, #"\u0000"#, "NaN", "/v1.0/jobs/", "/v1.0-alpha1/jobs",
                    "?prefix=", "&limit=", "&cursor=", "/history", "%2F", "%00", "+", "POST ",
                    "GET ", "DELETE ", "\n", "#", "..", #"\ud842\udfb7"#, Self.marks,
                ] + Self.times
            case .grpc:
                ["shop", "default", "\u{8}", "\u{12}\u{4}", "\u{0}", "..", "||", Self.marks]
                    + Self.times
            case .frames:
                [
                    "grpc-timeout", "1S", "99999999H", "grpc-encoding", "gzip", "application/grpc",
                    ":status", "000", "grpc-status", "-1", ":path", "/s/s", "/s/u",
                    "content-length",
                    "\u{0}\u{0}\u{8}\u{6}\u{0}\u{0}\u{0}\u{0}\u{0}",
                    "\u{0}\u{0}\u{4}\u{3}\u{0}\u{0}\u{0}\u{0}\u{1}",
                    "\u{0}\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{1}",
                ]
            case .answers:
                [
                    "HTTP/1.1 ", "000", "100", "204", "304", "Content-Length: ", "\r\n", "\r\n\r\n",
                    "Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n", "0\r\n\r\n",
                    #"{"status":"RETRY"}"#, #""status":"#, Self.marks,
                ]
            case .schedule: Self.times
            case .stored: ["DaybookC", "TZif3", "TZif2", "\nAAA5\n", "EST5EDT,M3.2.0,M11.1.0"]
            }
        let numbers: [[UInt8]] = [
            [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F],
            [UInt8](repeating: 0xFF, count: 8), [UInt8](repeating: 0, count: 8),
            [0, 0, 0, 0, 0, 0, 0, 0x80],
        ]
        return texts.map { Array($0.utf8) } + (self == .http ? [] : numbers)
    }

    /// Sorting such a row into its canonical order takes quadratic time.
    private static let marks = String(repeating: "\u{301}\u{316}", count: 3_000)

    private static let times = [
        "@every ", "@daily", "@hourly", "@yearly", "TZ=Test/City ", "CRON_TZ=Test/Leaps ",
        "TZ=Test/Busy ", "TZ=",
        "0 0 0 29 2 *", "* * * * * *", "0 30 2 ? * MON-FRI", "*/7", "1-5/2", ",", "JAN", "sun",
        "9223372036854775807", "2562047h47m16.854775807s", "1h30m", "-1ns", "µs", "0.", "P1Y2M",
        "P1DT12H", "R3/", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999+24:60",
        "0000-01-01T00:00:00Z", "1677-09-21T00:12:43Z", "2262-04-11T23:47:16.854775807Z",
        "\u{2003}", "é", "e\u{301}",
    ]
}

// What a bench found, as one line of JSON for tools/bench/run.

import Foundation

protocol Figures: Encodable {}

extension Figures {
    func show() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(self), as: UTF8.self))
        // A pipe would keep the line back until the program ends, and an app goes on.
        fflush(nil)
    }
}

/// How late triggers came: milliseconds between when they were due and when they were received.
/// Negative is early.
struct Lateness: Figures {
    let triggers: Int
    let least: Double
    let p50: Double
    let p99: Double
    let most: Double

    init(_ milliseconds: [Double]) {
        let sorted = milliseconds.sorted()
        triggers = sorted.count
        least = sorted.first ?? 0
        p50 = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        p99 = sorted.isEmpty ? 0 : sorted[sorted.count * 99 / 100]
        most = sorted.last ?? 0
    }
}

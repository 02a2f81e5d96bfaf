// What an app's HTTP answer to a trigger means.

import DaprAPI
package import SchedulerCore

package enum WireAnswer {
    /// `body` is `nil` if it was longer than `AppLimits.answerBytesMax`.
    ///
    /// 404 completes the tick like a success: an app without a handler does not want it again.
    /// Dapr: pkg/runtime/scheduler/internal/cluster/streamer.go; it never reads the body.
    package static func outcome(status: Int, body: [UInt8]?) -> Answer.Outcome {
        switch status {
        case 200...299:
            switch word(in: body ?? []) {
            case "RETRY": .failed
            case "DROPPED", "DROP": .dropped
            default: .succeeded
            }
        case 404: .succeeded
        default: .failed
        }
    }

    /// The text of "status" in a JSON object.
    private static func word(in body: [UInt8]) -> Substring? {
        guard let first = body.first(where: { !$0.isSpace }), first == UInt8(ascii: "{"),
            case .string(let text)? = (try? WireJSON.value(of: body))?["status"]
        else { return nil }
        return text.keyword
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

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
            switch object(in: body ?? [])?["status"]?.word {
            case "RETRY": .failed
            case "DROPPED", "DROP": .dropped
            default: .succeeded
            }
        case 404: .succeeded
        default: .failed
        }
    }

    /// What `body` says of a failure; nothing if it is no more than the word that makes it one.
    package static func words(status: Int, body: [UInt8]?) -> [UInt8] {
        guard let body else { return [] }
        if (200...299).contains(status), let object = object(in: body),
            object.members.count == 1, object["status"] != nil
        {
            return []
        }
        return body
    }

    private static func object(in body: [UInt8]) -> JSONValue? {
        guard body.first(where: { !$0.isSpace }) == UInt8(ascii: "{") else { return nil }
        return try? WireJSON.value(of: body)
    }
}

extension JSONValue {
    fileprivate var word: Substring? {
        if case .string(let text) = self { text.keyword } else { nil }
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

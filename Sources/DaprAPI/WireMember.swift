// Finds the invalid field of a body. The reader reports only the kind of the unexpected text, so
// each member of the body is read alone: a caller wants to know which one is wrong and what was
// expected.

import DaprProtos
import SwiftProtobuf

/// One member of the outermost object of a body, as received.
struct WireMember {
    let key: String
    /// The member as an object with only this member.
    let object: [UInt8]

    /// Why `bytes`, which could not be read as a job, is not one.
    static func fault(in bytes: [UInt8], _ options: JSONDecodingOptions) -> String {
        for member in members(of: bytes) {
            if (try? ProtoJob(jsonUTF8Bytes: member.object, options: options)) != nil { continue }
            guard let expected = expectation(of: member.key) else { continue }
            return "invalid value for field \(member.key): expected \(expected)"
        }
        return "not a JSON object"
    }

    private static func expectation(of key: String) -> String? {
        switch key {
        case "name", "schedule", "dueTime", "due_time", "ttl": "a string"
        case "repeats": "a whole number from 1 to \(UInt32.max)"
        case "overwrite": "true or false"
        case "data": "a JSON value"
        case "failurePolicy", "failure_policy":
            #"{"constant": {"interval": "3s", "maxRetries": 3}} or {"drop": {}}"#
        default: nil
        }
    }

    /// The members as far as they can be separated; if the text is not JSON, those before the
    /// fault.
    private static func members(of bytes: [UInt8]) -> [WireMember] {
        var members: [WireMember] = []
        var depth = 0
        var start: Int?
        var index = 0
        func close(at end: Int) {
            guard let first = start else { return }
            start = nil
            let text = bytes[first..<end]
            let quoted = text.prefix(JSONScan.end(ofStringAt: first, in: bytes) - first)
            let key = String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
            members.append(
                WireMember(
                    key: key, object: [UInt8(ascii: "{")] + text + [UInt8(ascii: "}")]))
        }
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                if depth == 1 && start == nil { start = index }
                index = JSONScan.end(ofStringAt: index, in: bytes)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { close(at: index) }
            case UInt8(ascii: ","):
                if depth == 1 { close(at: index) }
            default: break
            }
            index += 1
        }
        return members
    }
}

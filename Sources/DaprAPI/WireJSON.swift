// Bodies of requests: JSON as protobuf maps it to a job, and the job's data.

package import DaprProtos
import SwiftProtobuf

/// Reads JSON that peers and apps send.
package enum WireJSON {
    /// `depthMax` limits the nesting of arrays and objects.
    package static func value(
        of bytes: [UInt8], depthMax: Int = WireLimits.bodyDepthMax
    ) throws(WireError) -> JSONValue {
        do {
            return try JSONValue(json: bytes, depthMax: depthMax)
        } catch {
            throw .malformed("proto: \(description(of: error))")
        }
    }

    private static func description(of fault: JSONFault) -> String {
        switch fault {
        case .notUTF8: "invalid UTF-8"
        case .tooDeep(let levels): "nested deeper than \(levels) levels"
        case .duplicateKey: "duplicate field"
        case .unexpected(let index): "not JSON: unexpected byte \(index + 1)"
        case .numberOutOfRange(let index):
            "the number at byte \(index + 1) is beyond the range of doubles"
        case .loneSurrogate(let index): "half of a surrogate pair at byte \(index + 1)"
        }
    }
}

/// The job in a body. Its data is read by itself, byte for byte; unknown members are ignored, as in
/// Dapr's API.
package struct WireBody {
    /// All that is in the body but `data`.
    package let job: ProtoJob
    package let data: JSONValue?
    /// What the body is, with members that are no job's.
    package let object: JSONValue

    /// No job: an empty body.
    package init() {
        job = ProtoJob()
        data = nil
        object = .object([])
    }

    package init(_ object: JSONValue) throws(WireError) {
        guard case .object(let members) = object else {
            throw .malformed("proto: not a JSON object")
        }
        self.object = object
        data = object["data"]
        job = try WireBody.job(
            of: members.compactMap { member in
                Field(member.key).map { Known(field: $0, key: member.key, value: member.value) }
            })
    }

    /// A member that the reader of protobuf gets. It is one of few, and its key is ASCII.
    private struct Known {
        let field: Field
        let key: String
        let value: JSONValue
    }

    private enum Field: String, CaseIterable {
        case name, schedule, dueTime, ttl, repeats, overwrite, failurePolicy

        init?(_ key: String) {
            let field = Field.allCases.first { $0.spellings.contains { key.isSpelled($0) } }
            guard let field else { return nil }
            self = field
        }

        private var spellings: [String] {
            switch self {
            case .dueTime: [rawValue, "due_time"]
            case .failurePolicy: [rawValue, "failure_policy"]
            default: [rawValue]
            }
        }

        var expected: String {
            switch self {
            case .name, .schedule, .dueTime, .ttl: "a string"
            case .repeats: "a whole number from 1 to \(UInt32.max)"
            case .overwrite: "true or false"
            case .failurePolicy:
                #"{"constant": {"interval": "3s", "maxRetries": 3}} or {"drop": {}}"#
            }
        }
    }

    /// The reader of protobuf does not say which member is wrong: then each is read alone.
    private static func job(of known: [Known]) throws(WireError) -> ProtoJob {
        guard Set(known.map(\.field)).count == known.count else {
            throw .malformed("proto: duplicate field")
        }
        if let job = read(known) { return job }
        let wrong = known.first { read([$0]) == nil }
        throw .malformed(
            wrong.map { "proto: invalid value for field \($0.key): expected \($0.field.expected)" }
                ?? "proto: not a job")
    }

    private static func read(_ known: [Known]) -> ProtoJob? {
        let members = known.map { known in
            JSONValue.Member(
                known.key, known.field == .failurePolicy ? policy(known.value) : known.value)
        }
        return try? ProtoJob(jsonUTF8Bytes: JSONText(.object(members)).bytes)
    }

    /// Without what is unknown.
    private static func policy(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return .object(
            members.compactMap { member in
                let isConstant = member.key.isSpelled("constant")
                guard isConstant || member.key.isSpelled("drop") else { return nil }
                guard case .object(let inner) = member.value else { return member }
                let kept = inner.filter { part in
                    isConstant && constantKeys.contains { part.key.isSpelled($0) }
                }
                return JSONValue.Member(member.key, .object(kept))
            })
    }

    private static let constantKeys = ["interval", "maxRetries", "max_retries"]
}

extension String {
    /// Whether it is these very bytes. Comparing texts as Swift does costs quadratic time for some.
    fileprivate func isSpelled(_ word: String) -> Bool { utf8.elementsEqual(word.utf8) }
}

// Lists and the selection of their jobs. A cursor holds the last name a caller has seen, so that
// pages need no state in the server; Dapr has neither over HTTP.

import DaprAPI
import EventLog
package import Jobs
import Scheduler
import SchedulerCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A request for one page of a list.
struct WireList {
    let prefix: JobPrefix
    let last: JobID?
    let limit: Int

    init(query: Substring, scope: WireScope) throws(WireError) {
        let query = try WireQuery(query, names: ["prefix", "limit", "cursor"])
        do throws(InvalidField) {
            let prefix = try scope.jobPrefix(query["prefix"] ?? "")
            self.prefix = prefix
            limit =
                try query.number("limit", in: 1...TurnLimits.pageJobsMax)
                ?? HTTPLimits.pageJobsStandard
            last = try query["cursor"].map { text throws(InvalidField) in
                try WireCursor.job(from: text, in: prefix)
            }
        } catch {
            throw .invalidParameter(error, during: .list)
        }
    }

    /// The jobs selected by a DELETE. To prevent deleting all jobs by an omission, the prefix must
    /// be given, even if it is empty.
    static func prefixToDelete(query: Substring, scope: WireScope) throws(WireError) -> JobPrefix {
        let query = try WireQuery(query, names: ["prefix"])
        do throws(InvalidField) {
            guard let text = query["prefix"] else {
                throw InvalidField("prefix", "is missing; \"prefix=\" deletes all jobs of the app")
            }
            return try scope.jobPrefix(text)
        } catch {
            throw .invalidParameter(error, during: .delete)
        }
    }

    /// The answer.
    static func body(of page: StoredPage) -> [UInt8] {
        let jobs = page.jobs.map { WireJob.json(of: $0.job, $0.status) }
        var fields: [(String, JSONText)] = [("jobs", .array(jobs))]
        if page.hasMore, let last = page.jobs.last?.job.definition.id {
            fields.append(("nextCursor", .string(WireCursor.text(behind: last, in: page.prefix))))
        }
        return JSONText.object(fields).bytes
    }
}

/// Where the next page of a list begins, as opaque text: base64url of a version, the beginning of a
/// digest, and the part of the last job's name after the prefix.
///
/// The digest detects a cursor of another list or a truncated one. It is not a protection, and none
/// is needed: a cursor is only a place among the caller's own jobs.
package enum WireCursor {
    private static let version: UInt8 = 1
    private static let digestBytes = 8

    package static func text(behind id: JobID, in prefix: JobPrefix) -> String {
        let rest = prefix.rest(of: id)
        return Data([version] + digest(of: id) + rest).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The last job of the previous page; it need not exist any more.
    package static func job(from text: String, in prefix: JobPrefix) throws(InvalidField) -> JobID {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let base64 =
            text.replacing("-", with: "+").replacing("_", with: "/") + padding
        guard let bytes = Data(base64Encoded: base64), bytes.first == version,
            let id = prefix.id(endingIn: bytes.dropFirst(1 + digestBytes)),
            // There is exactly one valid text for each place.
            self.text(behind: id, in: prefix) == text
        else {
            throw InvalidField("cursor", "is not one that a list with this prefix has returned")
        }
        return id
    }

    private static func digest(of id: JobID) -> [UInt8] {
        Array(Digest.sha256([version] + id.key).prefix(digestBytes))
    }
}

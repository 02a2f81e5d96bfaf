// A job as the operator's API shows and takes it: the jobs API's JSON, with whose job it is and with
// everything that is needed to create it again somewhere else.

import DaprAPI
import DaprHTTP
import Jobs
import Scheduler
import SchedulerCore

enum OperatorJob {
    static func json(of stored: StoredJob, _ status: JobStatus) -> JSONText {
        let definition = stored.definition
        var fields = identity(of: definition.id).dropLast().map { part in
            (key: part.key, value: JSONText.string(part.value))
        }
        fields += WireJob.members(
            of: stored, data: stored.payload.map(OperatorPayload.json(of:)), status)
        for case (let key, let text?) in [
            ("submittedAppID", definition.submittedAppID),
            ("concurrencyKey", definition.concurrencyKey),
        ] {
            fields.append((key, .string(text)))
        }
        return .object(fields)
    }

    /// The plan in `body` for the job `id`. Members that say whose job it is may be left out;
    /// `status` and unknown members are ignored.
    static func plan(
        from body: [UInt8], for id: JobID, overwrite: Bool, caller: Caller,
        zones: some ZoneSource
    ) throws(WireError) -> JobPlan {
        // The data stands one level deeper than in a request to the jobs API.
        let depthMax = WireLimits.bodyDepthMax + 1
        let body = try WireBody(WireJSON.value(of: body, depthMax: depthMax))
        do throws(InvalidField) {
            for (key, part) in identity(of: id) {
                if let text = try text(key, of: body.object), !text.utf8.elementsEqual(part.utf8) {
                    throw InvalidField(key, "is not the one in the path")
                }
            }
            var request = try WireJob.request(body.job, for: id, caller: caller)
            request.submittedAppID = try text("submittedAppID", of: body.object)
            request.concurrencyKey = try text("concurrencyKey", of: body.object)
            if id.isOfApp && request.submittedAppID != nil {
                throw InvalidField("submittedAppID", "is for reminders only")
            }
            request.payload = try body.data.map(OperatorPayload.payload(of:))
            request.overwrite = overwrite ? .replace : .refuse
            return try JobPlan(request, zones: zones)
        } catch {
            throw .invalid(error, during: .schedule)
        }
    }

    /// Whose job it is, and its name.
    private static func identity(of id: JobID) -> [(key: String, value: String)] {
        let owner =
            switch id.target {
            case .app(let appID): [("app", appID)]
            case .actor(let type, let id): [("actorType", type), ("actorID", id)]
            }
        return [("namespace", id.namespace)] + owner + [("name", id.name)]
    }

    private static func text(
        _ key: String, of object: JSONValue
    ) throws(InvalidField) -> String? {
        switch object[key] {
        case nil: return nil
        case .string(let text): return text
        default: throw InvalidField(key, "must be a string")
        }
    }
}

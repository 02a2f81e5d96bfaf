// A client of the jobs API and of the operator's: one request, one answer. A rejection, or no server,
// ends the command; the exit codes and error lines are decided here.

import AsyncHTTPClient
import DaprAPI
import Glibc
import Jobs
import NIOCore
import NIOHTTP1
import NIOPosix

/// Talks to one server.
struct JobsClient {
    private static let connectSecondsMax: Int64 = 5

    private let client: HTTPClient
    private let place: JobsPlace
    private let timeLimit: TimeAmount

    /// Runs `body` with a client of the jobs at `place`.
    static func with<Result>(
        _ place: JobsPlace, _ body: (JobsClient) async throws -> Result
    ) async throws -> Result {
        let timeLimit = TimeAmount(place.timeLimit)
        // No redirects, because a token is meant for one server only, and no retries.
        var pool = HTTPClient.Configuration.ConnectionPool()
        pool.retryConnectionEstablishment = false
        let configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: min(timeLimit, .seconds(connectSecondsMax))),
            connectionPool: pool)
        return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            try await body(JobsClient(client: client, place: place, timeLimit: timeLimit))
        }
    }

    func schedule(_ name: String, _ job: String) async throws {
        try await schedule(at: place.path(of: name), job)
    }

    func schedule(at path: String, _ job: String) async throws {
        _ = try await ask(.POST, path, body: job)
    }

    func job(_ name: String) async throws -> JSONPart {
        let path = place.path(of: name)
        return try json(try await ask(.GET, path), of: path) { $0.members != nil }
    }

    func delete(_ name: String) async throws {
        _ = try await ask(.DELETE, place.path(of: name))
    }

    /// `limit` is the most jobs of the page; `nil` means the server's default. An empty `prefix`
    /// means all jobs.
    func page(prefix: String = "", limit: Int?, cursor: String?) async throws -> JobsPage {
        var parameters = prefix.isEmpty ? [] : ["prefix=\(URLText.escaped(prefix))"]
        if let limit { parameters.append("limit=\(limit)") }
        if let cursor { parameters.append("cursor=\(URLText.escaped(cursor))") }
        let query = parameters.isEmpty ? "" : "?\(parameters.joined(separator: "&"))"
        let path = place.jobs + query
        let answer = try json(try await ask(.GET, path), of: path) { $0.members != nil }
        guard let page = JobsPage(answer) else { throw notJobsAPI("something other than a list") }
        return page
    }

    /// Jobs of a page if all pages are wanted: the server's maximum.
    static let pageJobsMax = 1_000

    /// All pages, one after the other.
    func forEachPage(
        prefix: String = "", limit: Int? = pageJobsMax, _ body: (JobsPage) async throws -> Void
    ) async throws {
        var cursor: String?
        repeat {
            let page = try await page(prefix: prefix, limit: limit, cursor: cursor)
            try await body(page)
            // Prevents an endless loop.
            guard cursor == nil || page.nextCursor != cursor else {
                throw Failure(
                    code: Failure.cannotOpen, reason: "the server keeps giving the same page")
            }
            cursor = page.nextCursor
        } while cursor != nil
    }

    /// Events before `before`, or the newest: at most `limit`, and possibly none although there are
    /// older ones.
    func history(_ name: String, limit: Int, before: UInt64?) async throws -> JobsLogPart {
        let rest = before.map { "&before=\($0)" } ?? ""
        let path = "\(place.path(of: name))/history?limit=\(limit)\(rest)"
        let answer = try json(try await ask(.GET, path), of: path) { $0.members != nil }
        guard let part = JobsLogPart(answer, member: "history") else {
            throw notJobsAPI("something other than a history")
        }
        return part
    }

    /// Outcomes of `kind` recorded before `before`, or the newest: at most `limit`, and possibly none
    /// although there are older ones. An empty `prefix` means those of all jobs.
    func outcomes(
        _ kind: String, prefix: String, limit: Int, before: UInt64?
    ) async throws -> JobsLogPart {
        let names = prefix.isEmpty ? "" : "&prefix=\(URLText.escaped(prefix))"
        let rest = before.map { "&before=\($0)" } ?? ""
        let path = "\(place.jobs):outcomes?kind=\(kind)&limit=\(limit)\(names)\(rest)"
        let answer = try json(try await ask(.GET, path), of: path) { $0.members != nil }
        guard let part = JobsLogPart(answer, member: "outcomes") else {
            throw notJobsAPI("something other than outcomes")
        }
        return part
    }

    /// Deletes by prefix, and returns the server's answer with the number of jobs.
    func delete(prefix: String) async throws -> JSONPart {
        try await deleteAll("\(place.jobs)?prefix=\(URLText.escaped(prefix))")
    }

    /// Deletes all jobs and reminders of the namespace that `place` is, and returns the same.
    func deleteNamespace() async throws -> JSONPart { try await deleteAll(place.jobs) }

    /// Ends a hold of the clock. Returns whether there was one, and whether there still is.
    func acceptClock() async throws -> (wasHeld: Bool, isHeld: Bool) {
        let path = place.jobs
        let answer = try json(try await ask(.POST, path), of: path) { $0.members != nil }
        func says(_ name: String) -> Bool { answer.members?[name]?.text == "true" }
        return (says("wasHeld"), says("isHeld"))
    }

    private func deleteAll(_ path: String) async throws -> JSONPart {
        try json(try await ask(.DELETE, path), of: path) { $0.members?["deleted"] != nil }
    }
}

// MARK: One request

extension JobsClient {
    private struct Answer {
        let status: Int
        let body: [UInt8]
    }

    /// The body of a successful answer; throws for rejections and unexpected answers.
    private func ask(
        _ method: HTTPMethod, _ path: String, body: String? = nil
    ) async throws -> [UInt8] {
        let answer: Answer
        do {
            answer = try await send(method, path, body)
        } catch {
            throw failure(error, isHarmless: method == .GET)
        }
        switch answer.status {
        case 200...299: return answer.body
        case 400...: throw refusal(answer)
        default: throw notJobsAPI("HTTP status \(answer.status)")
        }
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ body: String?
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: place.address.url + path)
        request.method = method
        if let token = place.token { request.headers.add(name: "dapr-api-token", value: token) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await client.execute(request, timeout: timeLimit)
        let buffer = try await response.body.collect(upTo: place.answerBytesMax)
        return Answer(status: Int(response.status.code), body: Array(buffer: buffer))
    }

    private func json(
        _ body: [UInt8], of path: String, where isExpected: (JSONPart) -> Bool
    ) throws(Failure) -> JSONPart {
        do {
            let part = try JSONPart(body)
            if isExpected(part) { return part }
        } catch {
            throw notJobsAPI("what is \(error)")
        }
        throw notJobsAPI("JSON of another kind")
    }
}

// MARK: Failures

extension JobsClient {
    /// The failure for a rejection by the server.
    private func refusal(_ answer: Answer) -> Failure {
        let error = (try? JSONPart(answer.body))?.members
        guard let message = error?["message"]?.string else {
            return Failure(
                code: Failure.refused, reason: "\(place.address.shown) answered \(answer.status)")
        }
        var reason = ServerReason.cause(in: message)
        switch answer.status {
        case 401: reason += "; the token is what the environment variable DAPR_API_TOKEN holds"
        case 409: reason += "; --overwrite replaces the job"
        default: break
        }
        return Failure(code: Failure.refused, reason: SafeText.shown(reason, limit: 4_096))
    }

    /// The failure for a server that does not serve the jobs API.
    private func notJobsAPI(_ what: String) -> Failure {
        let reason = "\(place.address.shown) is not a jobs API: it answered with \(what)"
        return Failure(code: Failure.cannotOpen, reason: reason)
    }

    /// The failure if there is no answer. `isHarmless` is true for a request that changes nothing.
    private func failure(_ error: any Error, isHarmless: Bool) -> Failure {
        let reason: String
        switch error {
        case let error as NIOConnectionError: return unreachable(JobsClient.reason(error))
        case let error as IOError where JobsClient.noWayThere.contains(error.errnoCode):
            return unreachable(String(cString: strerror(error.errnoCode)))
        case let error as HTTPClientError
        where error == .connectTimeout || error == .tlsHandshakeTimeout:
            return unreachable("nothing answers there")
        case is NIOTooManyBytesError:
            return notJobsAPI("more than \(place.answerBytesMax) bytes")
        case let error as HTTPClientError where error == .deadlineExceeded:
            reason = "did not answer in time; --timeout says for how long to wait"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            reason = "closed the connection without an answer"
        case let error as HTTPClientError: reason = "did not answer: \(error)"
        case let error as IOError:
            reason = "broke the connection: \(String(cString: strerror(error.errnoCode)))"
        // Not the library's own error text, which is of no use to an operator.
        case _ where place.address.url.hasPrefix("https:"):
            return unreachable("no TLS with it, or its certificate is not trusted")
        default: reason = "did not answer as HTTP servers do"
        }
        let unknown = isHarmless ? "" : "; whether it did what it was asked is not known"
        return Failure(
            code: Failure.cannotOpen,
            reason: SafeText.shown("\(place.address.shown) \(reason)\(unknown)", limit: 1_024))
    }

    /// Errors of connecting, as opposed to those of a broken connection.
    private static let noWayThere = [
        ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL, EACCES, EPERM,
        ENOENT, ENOTSOCK,
    ]

    private func unreachable(_ why: String) -> Failure {
        Failure(
            code: Failure.cannotOpen,
            reason: SafeText.shown(
                "cannot reach a server at \(place.address.shown): \(why); \(place.address.advice)",
                limit: 2_048))
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        for failure in error.connectionErrors {
            switch failure.error {
            case let error as IOError: return String(cString: strerror(error.errnoCode))
            case ChannelError.connectTimeout: return "nothing answers there"
            default: return "\(failure.error)"
            }
        }
        return "no such host"
    }
}

extension Failure {
    /// The exit code if the server rejected the request.
    static let refused: Int32 = 1
}

// The server a command talks to, and the token for it: an app's own jobs API, or the operator's API on
// the socket in a data directory.

import ArgumentParser
import DaprAPI
import Glibc
import Jobs
import LMDBLog

struct JobsServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Where the server is. (default: DAPR_HTTP_ENDPOINT, or port DAPR_HTTP_PORT here, or \
            http://127.0.0.1:3500)
            """, valueName: "url"))
    var server: String?

    @OptionGroup var timeout: JobsTimeoutOption

    /// For the help of commands that take these flags.
    static let discussion = """
        The server is given by --server, or else by the environment: DAPR_HTTP_ENDPOINT, a URL, or \
        DAPR_HTTP_PORT, a port of this machine, which "daybook run" sets for the command it \
        starts. The token for a server that requires one is read from DAPR_API_TOKEN; there is no \
        flag for it, because anyone on the machine can read flags.
        """

    func address() throws(Failure) -> ServerAddress {
        if let server { return try ServerAddress(server, from: "--server") }
        if let text = variable("DAPR_HTTP_ENDPOINT") {
            return try ServerAddress(text, from: "DAPR_HTTP_ENDPOINT")
        }
        // Not Kubernetes's link to a service called "dapr-http".
        if let text = variable("DAPR_HTTP_PORT"), !text.contains("://") {
            guard ServerAddress.isPort(text) else {
                let shown = SafeText.shown(text)
                throw Failure(
                    code: Failure.usage,
                    reason: "DAPR_HTTP_PORT must be a port, 1 to 65535, not \"\(shown)\"")
            }
            return try ServerAddress("http://127.0.0.1:\(text)", from: "DAPR_HTTP_PORT")
        }
        return try ServerAddress("http://127.0.0.1:3500", from: "the default")
    }

    /// The first token if there are two: a server accepts each token in its own variable. It is
    /// never shown.
    func token() throws(Failure) -> String? {
        let word = variable("DAPR_API_TOKEN")?.split { $0 == "," || $0.isWhitespace }.first
        guard let word else { return nil }
        guard word.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Failure(
                code: Failure.usage,
                reason: "DAPR_API_TOKEN holds a token that is not made of visible ASCII characters")
        }
        return String(word)
    }

    /// An empty variable counts as unset.
    private func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

struct JobsTimeoutOption: ParsableArguments {
    private static let range = Duration.milliseconds(1)...Duration.seconds(3_600)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long each answer may take, such as 500ms or 2m; at most 1h.",
            valueName: "duration"))
    var timeout = "1m"

    func limit() throws(Failure) -> Duration {
        let limit = (try? GoDuration.parse(timeout)).map { Duration.nanoseconds($0) }
        guard let limit, JobsTimeoutOption.range.contains(limit) else {
            let shown = SafeText.shown(timeout)
            throw Failure(
                code: Failure.usage,
                reason: "--timeout must be 1ms to 1h, such as 500ms or 2m, not \"\(shown)\"")
        }
        return limit
    }
}

struct DataDirectoryOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The data directory of the server, which must run on this machine. (default: \
            DAYBOOK_DATA_DIR, or ./daybook-data)
            """, valueName: "dir"), completion: .directory)
    var dataDir: String?

    var path: String {
        if let dataDir { return dataDir }
        let variable = getenv("DAYBOOK_DATA_DIR").map { String(cString: $0) } ?? ""
        return variable.isEmpty ? "daybook-data" : variable
    }
}

/// The address of a jobs API, or of an operator's.
struct ServerAddress {
    /// Without a slash at its end: paths begin with one.
    let url: String
    /// The same for people.
    let shown: String
    /// What to do if nothing answers there.
    let advice: String

    /// The socket in a data directory.
    init(dataDirectory: String) throws(Failure) {
        let directory = SafeText.shown(dataDirectory, limit: 1_024)
        shown = "\(directory)/\(OperatorSocket.name)"
        advice = """
            start one with "daybook serve --data-dir \(directory)", or look at the log without \
            one: "daybook-replay state" and "daybook-replay history" read it
            """
        do throws(OperatorSocket.FileError) {
            let path = try OperatorSocket.shortPath(in: dataDirectory)
            url = "http+unix://" + URLText.escaped(path)
        } catch {
            let reason = String(cString: strerror(error.code))
            throw Failure(
                code: Failure.cannotOpen,
                reason: "cannot open the data directory \(directory): \(reason)")
        }
    }

    /// A URL of the kind `http://host:8080/path`; the other parts of a URL (user, query, fragment,
    /// escapes) would be lost or misunderstood and are rejected. `origin` is named in the error.
    init(_ text: String, from origin: String) throws(Failure) {
        let shown = SafeText.shown(text)
        let refusal = Failure(
            code: Failure.usage,
            reason: "\(origin) must be a URL such as http://127.0.0.1:3500, not \"\(shown)\"")
        let scheme = ["http://", "https://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme else { throw refusal }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        let path = rest[authority.endIndex...]
        guard ServerAddress.isHostAndPort(Substring(authority)),
            path.allSatisfy({ ServerAddress.isUnreserved($0) || $0 == UInt8(ascii: "/") })
        else { throw refusal }
        var url = scheme + String(Substring(rest))
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        self.shown = url
        advice = """
            start one with "daybook serve", or say where it is with --server, DAPR_HTTP_ENDPOINT \
            or DAPR_HTTP_PORT
            """
    }

    /// "host", "host:8080", "[::1]", "[::1]:8080".
    private static func isHostAndPort(_ text: Substring) -> Bool {
        let host: Substring
        let port: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return false }
            let inside = text[text.index(after: text.startIndex)..<end]
            guard inside.utf8.allSatisfy({ isUnreserved($0) || $0 == UInt8(ascii: ":") }) else {
                return false
            }
            (host, port) = (inside, text[text.index(after: end)...])
        } else {
            host = text.prefix { $0 != ":" }
            port = text[host.endIndex...]
            guard host.utf8.allSatisfy(isUnreserved) else { return false }
        }
        if host.isEmpty { return false }
        return port.isEmpty || port.first == ":" && isPort(port.dropFirst())
    }

    static func isPort(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && Int(text).map { (1...65_535).contains($0) } ?? false
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

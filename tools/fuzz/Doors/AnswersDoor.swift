// What an app answers to a call over HTTP, whatever it is: the bytes go through SwiftNIO's reader and
// what stands behind it in a connection to an app.

import Apps
import NIOCore
import NIOEmbedded
import NIOHTTP1

enum AnswersDoor {
    /// The first byte says into pieces of which size the others are cut. Then the app closes.
    static func enter(_ input: [UInt8]) throws(Breach) -> Door.Verdict {
        guard let first = input.first else { return .refused }
        let size = 1 + 64 * Int(first)
        let bytes = Array(input.dropFirst())
        let channel = EmbeddedChannel()
        do {
            try open(channel)
        } catch {
            throw Breach(description: "a connection cannot be made: \(error)")
        }
        var parts: [HTTPClientResponsePart] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
            guard (try? channel.writeInbound(piece)) != nil else { break }
            take(&parts, from: channel)
        }
        _ = try? channel.finish()
        take(&parts, from: channel)
        return try judge(parts)
    }

    /// As they come: an embedded channel copies all that lies in it for each part that is taken.
    private static func take(_ parts: inout [HTTPClientResponsePart], from channel: EmbeddedChannel)
    {
        while let part = try? channel.readInbound(as: HTTPClientResponsePart.self) {
            parts.append(part)
        }
    }

    private static func open(_ channel: EmbeddedChannel) throws {
        let decoder = HTTPResponseDecoder(
            leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
        try channel.pipeline.syncOperations.addHandlers(
            [HTTPRequestEncoder(), ByteToMessageHandler(decoder)])
        try AppConnection.prepare(channel).wait()
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/job/a")
        try channel.writeOutbound(HTTPClientRequestPart.head(head))
        try channel.writeOutbound(HTTPClientRequestPart.end(nil))
    }

    /// One answer at most comes out of it, after any number of provisional ones, and it has a
    /// meaning.
    private static func judge(_ parts: [HTTPClientResponsePart]) throws(Breach) -> Door.Verdict {
        var status: Int?
        var body: [UInt8] = []
        var isComplete = false
        for part in parts {
            try Breach.unless(!isComplete, "something comes after the answer")
            switch part {
            case .head(let head):
                try Breach.unless(head.status.code >= 100, "a status of \(head.status.code)")
                let isProvisional = head.status.code < 200 && head.status.code != 101
                if isProvisional { continue }
                try Breach.unless(status == nil, "two answers")
                status = Int(head.status.code)
            case .body(let buffer):
                try Breach.unless(status != nil, "a body without an answer")
                body += buffer.readableBytesView
            case .end:
                isComplete = status != nil
            }
        }
        guard isComplete, let status else { return .refused }
        let fits = body.count <= AppLimits.answerBytesMax
        _ = WireAnswer.outcome(status: status, body: fits ? body : nil)
        return .accepted
    }
}

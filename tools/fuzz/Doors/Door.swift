// The six places where bytes of strangers come in, each as a function of bytes alone: any may be
// given, and what must hold of every answer is checked. Two engines go through them, libFuzzer and
// the mutator beside this; both find a breach the same way.

package enum Door: String, CaseIterable, Sendable {
    /// A request to the jobs API: a line with method and path, then the body.
    case http
    /// A byte that says which message, then the message.
    case grpc
    /// A byte that says from whom and in which pieces, then the bytes of a connection.
    case frames
    /// A byte that says in which pieces, then what an app answers over HTTP.
    case answers
    /// A schedule or a time, as text.
    case schedule
    /// A byte that says which part of a data directory, then its bytes.
    case stored

    /// What became of an input.
    package enum Verdict: Sendable {
        case accepted
        case refused
    }
}

/// A law that an input broke.
package struct Breach: Error, CustomStringConvertible {
    package let description: String

    /// Throws unless `holds`.
    static func unless(
        _ holds: Bool, _ law: @autoclosure () -> String
    ) throws(Breach) {
        if !holds { throw Breach(description: law()) }
    }
}

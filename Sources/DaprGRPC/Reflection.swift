// Server reflection: a client asks what services there are, and for the descriptors of their
// messages. The messages of v1alpha are those of v1 under other names. gRPC: doc/server-reflection.md.

package import DaprProtos
package import GRPC
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

package typealias ReflectionRequest = Grpc_Reflection_V1_ServerReflectionRequest
package typealias ReflectionResponse = Grpc_Reflection_V1_ServerReflectionResponse

/// What one listener says of itself.
package struct Reflection: Sendable {
    /// Decoded at the first question.
    private static let descriptors: FileDescriptors = {
        do {
            return try FileDescriptors(set: descriptorSet)
        } catch {
            preconditionFailure("the set of descriptors cannot be read: \(error)")
        }
    }()

    /// Their full names.
    private let services: [String]

    package init(services: [String]) { self.services = services }

    package func answer(_ request: ReflectionRequest) -> ReflectionResponse {
        .with {
            $0.validHost = request.host
            $0.originalRequest = request
            $0.messageResponse = answer(to: request.messageRequest)
        }
    }

    private func answer(
        to question: ReflectionRequest.OneOf_MessageRequest?
    ) -> ReflectionResponse.OneOf_MessageResponse {
        switch question {
        case .listServices:
            .listServicesResponse(
                .with { $0.service = services.map { name in .with { $0.name = name } } })
        case .fileByFilename(let name):
            answer(with: Self.descriptors.file(named: name), missing: "file")
        case .fileContainingSymbol(let name):
            answer(with: Self.descriptors.file(with: name), missing: "symbol")
        case .allExtensionNumbersOfType(let name):
            // Nothing is extended here.
            Self.descriptors.hasMessage(name)
                ? .allExtensionNumbersResponse(.with { $0.baseTypeName = name })
                : answer(with: nil, missing: "message")
        case .fileContainingExtension: answer(with: nil, missing: "extension")
        case nil: error(.invalidArgument, "the request asks for nothing")
        }
    }

    private func answer(
        with files: [[UInt8]]?, missing kind: String
    ) -> ReflectionResponse.OneOf_MessageResponse {
        guard let files else { return error(.notFound, "there is no such \(kind)") }
        return .fileDescriptorResponse(
            .with { $0.fileDescriptorProto = files.map { Data($0) } })
    }

    private func error(
        _ code: GRPCStatus.Code, _ message: String
    ) -> ReflectionResponse.OneOf_MessageResponse {
        .errorResponse(
            .with {
                $0.errorCode = code.rawValue
                $0.errorMessage = message
            })
    }
}

extension GRPCMethods {
    /// Adds reflection, which lists the services that are there already, and itself.
    package mutating func addReflection() {
        let names = ["v1", "v1alpha"].map { "grpc.reflection.\($0).ServerReflection" }
        let reflection = Reflection(services: (services + names).sorted())
        for name in names {
            stream("/\(name)/ServerReflectionInfo", bytesMax: SidecarLimits.questionBytesMax) {
                _, bell in ReflectionStream(reflection, bell)
            }
        }
    }
}

/// Answers in the order of the questions, each when the client has read those before.
private final class ReflectionStream: GRPCStream {
    private let reflection: Reflection
    private let bell: StreamBell
    /// Not answered yet, the oldest last.
    private var questions: [ReflectionRequest] = []

    init(_ reflection: Reflection, _ bell: StreamBell) {
        self.reflection = reflection
        self.bell = bell
    }

    func take(_ messages: [ReflectionRequest]) throws(GRPCStatus) {
        guard questions.count + messages.count <= SidecarLimits.questionsMax else {
            throw GRPCStatus(
                .resourceExhausted,
                "more than \(SidecarLimits.questionsMax) questions wait for their answers")
        }
        questions.insert(contentsOf: messages.reversed(), at: 0)
        bell.ring()
    }

    func next() -> ReflectionResponse? { questions.popLast().map(reflection.answer) }

    func clientHasEnded() -> Bool { questions.isEmpty }

    func end(_ end: GRPCStreamEnd) { questions = [] }
}

import DaprAPI
import DaprGRPC
import DaprProtos
import GRPC
import Jobs
import Logging
import Scheduler
import SwiftProtobuf
import TestSupport
import Testing

@Suite("What a server says of its services") struct ReflectionTests {
    private let reflection = Reflection(services: ["a.B", "c.D"])

    private func answer(
        _ question: ReflectionRequest.OneOf_MessageRequest?
    ) -> ReflectionResponse.OneOf_MessageResponse? {
        let request = ReflectionRequest.with {
            $0.host = "here"
            $0.messageRequest = question
        }
        let response = reflection.answer(request)
        #expect(response.originalRequest == request && response.validHost == "here")
        return response.messageResponse
    }

    /// The names of the files in the answer; `nil` if there is none.
    private func files(_ question: ReflectionRequest.OneOf_MessageRequest) throws -> [String]? {
        guard case .fileDescriptorResponse(let found)? = answer(question) else { return nil }
        return try found.fileDescriptorProto.map {
            try Google_Protobuf_FileDescriptorProto(serializedBytes: $0).name
        }
    }

    private func code(_ question: ReflectionRequest.OneOf_MessageRequest?) -> Int32? {
        guard case .errorResponse(let error)? = answer(question) else { return nil }
        return error.errorCode
    }

    @Test("the services are those that it was told of") func services() {
        guard case .listServicesResponse(let list)? = answer(.listServices("")) else {
            Issue.record("no list")
            return
        }
        #expect(list.service.map(\.name) == ["a.B", "c.D"])
    }

    @Test(
        "a symbol of any kind is found in its file, which comes with those that it imports",
        arguments: [
            "dapr.proto.scheduler.v1.Scheduler", "dapr.proto.scheduler.v1.Scheduler.WatchJobs",
            "dapr.proto.scheduler.v1.Job", "dapr.proto.scheduler.v1.Job.ttl",
            "dapr.proto.scheduler.v1.JobTargetMetadata.type",
            "dapr.proto.scheduler.v1.JobTargetType",
            "dapr.proto.scheduler.v1.JOB_TARGET_TYPE_JOB",
        ])
    func symbols(name: String) throws {
        let files = try files(.fileContainingSymbol(name))
        #expect(files?.first == "dapr/proto/scheduler/v1/scheduler.proto")
        #expect(files?.contains("google/protobuf/any.proto") == true)
        #expect(files?.count == Set(files ?? []).count)
    }

    @Test("a file is found by its name") func byName() throws {
        let name = "grpc/health/v1/health.proto"
        #expect(try files(.fileByFilename(name)) == [name])
    }

    @Test("what is not there is an error in the answer, and the stream goes on") func missing() {
        let long = String(repeating: "a\u{301}", count: 300)
        for name in ["", ".", "dapr", "dapr.proto.scheduler.v1.job", long] {
            #expect(code(.fileContainingSymbol(name)) == 5)
            #expect(code(.fileByFilename(name)) == 5)
            #expect(code(.allExtensionNumbersOfType(name)) == 5)
        }
        #expect(code(.fileContainingExtension(.init())) == 5)
        #expect(code(nil) == 3)
    }

    @Test("no message is extended") func extensions() {
        let name = "dapr.proto.scheduler.v1.Job"
        #expect(
            answer(.allExtensionNumbersOfType(name))
                == .allExtensionNumbersResponse(.with { $0.baseTypeName = name }))
    }

    @Test("every method that is served is described, and no other one of its service") func served()
        throws
    {
        let scheduler = Scheduler(zones: FixedZones())
        let scope = try WireScope(namespace: "default", appID: "shop")
        let health = ServerHealth { true }
        let runtime = RuntimeService.methods(
            RuntimeJobs(scope: scope, scheduler: scheduler), scope: scope,
            about: WireMetadata(softwareVersion: "1", app: nil), bytesMax: 100)
        let sidecars = SchedulerService(
            scheduler: scheduler, metrics: SidecarMetrics(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var described: [String: [String]] = [:]
        for file in try Google_Protobuf_FileDescriptorSet(serializedBytes: descriptorSet).file {
            for service in file.service {
                let name = "\(file.package).\(service.name)"
                described[name] = service.method.map { "/\(name)/\($0.name)" }
            }
        }
        for var methods in [runtime, sidecars.methods] {
            #expect(methods.services.count == 1)
            methods.addHealth(health)
            methods.addReflection()
            #expect(methods.services.count == 4)
            #expect(methods.paths.allSatisfy { $0.utf8.count <= 256 }, "a longer one is not found")
            #expect(methods.paths == methods.services.flatMap { described[$0] ?? [] }.sorted())
        }
    }
}

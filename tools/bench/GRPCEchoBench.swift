// What gRPC itself costs: a server that answers ScheduleJob as if it had done it.

import ArgumentParser
import DaprProtos
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import SwiftProtobuf

struct GRPCEchoBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grpc-echo", abstract: "Answer ScheduleJob of the scheduler service at once.")

    @Option(help: "The port of the echo.") var port: Int
    @Option(help: "Where to write the body of a request, as h2load sends it.") var body: String

    func run() async throws {
        try Data(Self.framed(try Self.request.serializedBytes())).write(
            to: URL(fileURLWithPath: body))
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: .plaintext),
            services: [EchoService()])
        try await server.serve()
    }

    /// A job of 16 bytes that is due in a year, and may be replaced.
    static let request = Dapr_Proto_Scheduler_V1_ScheduleJobRequest.with {
        $0.name = "bench-job-0000000000000000000001"
        $0.overwrite = true
        $0.metadata = .with {
            $0.namespace = "default"
            $0.appID = "bench"
            $0.target.job = .init()
        }
        $0.job = .with {
            $0.schedule = "@yearly"
            $0.data = .with {
                $0.typeURL = "type.googleapis.com/bench"
                $0.value = Data(repeating: 7, count: 16)
            }
        }
    }

    /// Not compressed, and with its length before it.
    private static func framed(_ message: [UInt8]) -> [UInt8] {
        [0] + withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) } + message
    }
}

private struct EchoService: RegistrableRPCService {
    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Dapr_Proto_Scheduler_V1_Scheduler.Method.ScheduleJob.descriptor,
            deserializer: ProtobufDeserializer<Dapr_Proto_Scheduler_V1_ScheduleJobRequest>(),
            serializer: ProtobufSerializer<Dapr_Proto_Scheduler_V1_ScheduleJobResponse>()
        ) { request, _ in
            for try await _ in request.messages {}
            return StreamingServerResponse(
                single: ServerResponse(message: Dapr_Proto_Scheduler_V1_ScheduleJobResponse()))
        }
    }
}

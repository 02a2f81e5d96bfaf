import GRPC
import NIOHPACK
import Testing

@Suite("A status in headers")
struct StatusTests {
    @Test("its code and its message, whatever stands in it")
    func trailers() {
        let trailers = GRPCStatus(.notFound, "no job 50% \"ä\"\r\n").trailers
        #expect(trailers["grpc-status"] == ["5"])
        #expect(trailers["grpc-message"] == ["no job 50%25 \"%C3%A4\"%0D%0A"])
        #expect(trailers["grpc-status-details-bin"] == [])
        #expect(GRPCStatus.ok.trailers == ["grpc-status": "0"])
    }

    @Test("a long message is cut, so that the headers stay small")
    func longMessage() {
        let message = GRPCStatus(.unknown, String(repeating: "ä", count: 10_000)).trailers
        #expect(message["grpc-message"].first?.utf8.count == 3 * 2_048)
    }

    @Test("details are base64 without padding")
    func details() {
        let trailers = GRPCStatus(.unknown, "", details: [255, 254, 253, 0]).trailers
        #expect(trailers["grpc-status-details-bin"] == ["//79AA"])
    }

    @Test(
        "the code is read back, and nonsense is unknown",
        arguments: [
            (["0"], GRPCStatus.Code.ok), (["16"], .unauthenticated), (["17"], .unknown),
            (["-1"], .unknown), (["99999999999999"], .unknown), (["x"], .unknown), ([""], .unknown),
            ([], nil), (["0", "0"], nil),
        ] as [([String], GRPCStatus.Code?)])
    func codes(values: [String], code: GRPCStatus.Code?) {
        var headers = HPACKHeaders()
        for value in values { headers.add(name: "grpc-status", value: value) }
        #expect(GRPCStatus.code(in: headers) == code)
    }

    @Test("an HTTP status stands for a code")
    func httpStatuses() {
        #expect(GRPCStatus.code(forHTTPStatus: "503") == .unavailable)
        #expect(GRPCStatus.code(forHTTPStatus: "404") == .unimplemented)
        #expect(GRPCStatus.code(forHTTPStatus: "000") == .unknown)
        #expect(GRPCStatus.code(forHTTPStatus: "") == .unknown)
    }
}

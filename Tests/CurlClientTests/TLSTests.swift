import CurlClient
import Testing

@Suite struct TLSTests {
    private func withServer(
        names: [String] = ["DNS:localhost"],
        days: Int = 1,
        options: [String] = [],
        _ body: (TLSServer, TestAuthority, TestClient) async throws -> Void
    ) async throws {
        let authority = try TestAuthority()
        defer { authority.remove() }
        let server = try TLSServer(authority.certificate(names: names, days: days), options: options)
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        try await body(server, authority, client)
    }

    private func request(_ server: TLSServer, caFile: String?) -> CurlRequest {
        .local("GET", "https://localhost:\(server.port)/") { $0.caFile = caFile }
    }

    @Test func certificateOfTheGivenAuthorityIsAccepted() async throws {
        try await withServer { server, authority, client in
            let response = try await client.response(request(server, caFile: authority.file))
            #expect(response.status == 200)
            #expect(response.text.contains("TLSv1.3"))
            #expect(response.timings.tls > 0)
        }
    }

    @Test func certificateOfAnUnknownAuthorityIsRefusedAndNothingIsSent() async throws {
        try await withServer { server, _, client in
            try await expectRefused(request(server, caFile: nil), client)
        }
    }

    @Test func certificateForAnotherNameIsRefusedAndNothingIsSent() async throws {
        try await withServer(names: ["DNS:other.example", "IP:127.0.0.2"]) { server, authority, client in
            try await expectRefused(request(server, caFile: authority.file), client)
            let byAddress = CurlRequest.local("POST", "https://127.0.0.1:\(server.port)/") {
                $0.caFile = authority.file
            }
            try await expectRefused(byAddress, client)
        }
    }

    @Test func expiredCertificateIsRefusedAndNothingIsSent() async throws {
        try await withServer(days: -1) { server, authority, client in
            try await expectRefused(request(server, caFile: authority.file), client)
        }
    }

    @Test func selfSignedCertificateIsRefusedAndNothingIsSent() async throws {
        let authority = try TestAuthority()
        defer { authority.remove() }
        let server = try TLSServer(authority.selfSignedCertificate(name: "localhost"))
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        try await expectRefused(request(server, caFile: authority.file), client)
        try await expectRefused(request(server, caFile: nil), client)
    }

    @Test func serverThatSpeaksTLS1Point1OnlyIsRefusedAndNothingIsSent() async throws {
        let old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
        try await withServer(options: old) { server, authority, client in
            let failure = try await client.failure(request(server, caFile: authority.file))
            #expect(failure.kind == .tls, "\(failure)")
            #expect(failure.sent == .no)
        }
    }

    @Test func serverThatSpeaksTLS1Point2IsAccepted() async throws {
        try await withServer(options: ["-tls1_2"]) { server, authority, client in
            let response = try await client.response(request(server, caFile: authority.file))
            #expect(response.text.contains("TLSv1.2"))
        }
    }

    @Test func caFileThatIsMissingIsATLSFailureAndNothingIsSent() async throws {
        try await withServer { server, _, client in
            let failure = try await client.failure(request(server, caFile: "/nonexistent/ca.pem"))
            #expect(failure.kind == .tls, "\(failure)")
            #expect(failure.sent == .no)
        }
    }

    @Test func plainHTTPServerBehindHttpsIsATLSFailureAndNothingIsSent() async throws {
        let server = FaultServer { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.waitForEnd()
        }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let failure = try await client.failure(.local("GET", "https://127.0.0.1:\(server.port)/"))
        #expect(failure.kind == .tls, "\(failure)")
        #expect(failure.sent == .no)
    }

    @Test func serverThatNeverAnswersTheHandshakeIsAConnectTimeout() async throws {
        let server = FaultServer { $0.waitForEnd() }
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let request = CurlRequest.local("GET", "https://127.0.0.1:\(server.port)/") {
            $0.timeouts.connectMilliseconds = 200
        }
        let failure = try await client.failure(request)
        #expect(failure.kind == .connectTimeout, "\(failure)")
        #expect(failure.sent == .no)
    }

    private func expectRefused(_ request: CurlRequest, _ client: TestClient) async throws {
        let failure = try await client.failure(request)
        #expect(failure.kind == .certificate, "\(failure)")
        #expect(failure.sent == .no)
        #expect(failure.timings.pretransfer == 0)
    }
}

import CurlClient
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1",
        "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1",
        "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.2.3",
        "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:1::1", "fc00::1",
        "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "2001::1", "2001:db8::1", "2001:10::1", "100::1",
        "3fff::1", "4000::1", "::ffff:0:127.0.0.1",
    ])
    func innerOrSpecialAddressIsNotPublic(_ text: String) {
        #expect(!AddressGuard.isPublic(numeric: text))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "198.17.0.1",
        "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888", "2a00::1", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2002:808:808::1", "3ffe::1",
    ])
    func addressOfTheInternetIsPublic(_ text: String) {
        #expect(AddressGuard.isPublic(numeric: text))
    }

    @Test(arguments: ["", "localhost", "example.com", "127.0.0.1 ", "1.2.3", "[::1]"])
    func textThatIsNoAddressIsNotPublic(_ text: String) {
        #expect(!AddressGuard.isPublic(numeric: text))
    }

    @Test(arguments: [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.1", "0",
        "0.0.0.0",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254", "[fe80::1]", "[fd00::1]",
        "10.0.0.1",
        "LOCALHOST",
    ])
    func urlOfAnInnerAddressInAnySpellingIsRefusedBeforeConnecting(_ host: String) async throws {
        let server = FaultServer.answering()
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        let failure = try await client.failure(CurlRequest(method: "GET", url: "https://\(host):\(server.port)/"))
        #expect(failure.kind == .refusedAddress, "\(failure)")
        #expect(failure.sent == .no)
        #expect(server.connectionCount == 0)
        #expect(client.client.counters.connectionsOpened == 0)
    }

    @Test func warmConnectionOfAPrivilegedRequestIsNotLentToOthers() async throws {
        let authority = try TestAuthority()
        defer { authority.remove() }
        let server = try TLSServer(authority.certificate(names: ["DNS:localhost"]))
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        var request = CurlRequest.local("GET", "https://localhost:\(server.port)/") { $0.caFile = authority.file }
        #expect(try await client.response(request).status == 200)
        request.allowPrivate = false
        #expect(try await client.failure(request).kind == .refusedAddress)
    }

    @Test func localHostIsReachedWhenPrivateAddressesAreAllowed() async throws {
        let server = FaultServer.answering("inside")
        defer { server.stop() }
        let client = try TestClient()
        defer { client.client.shutdown() }
        for host in ["localhost", "127.0.0.1", "2130706433"] {
            #expect(try await client.response(.local("GET", "http://\(host):\(server.port)/")).text == "inside")
        }
    }
}

import GatewayServer
import Glibc
import Synchronization
import Testing

@Suite("Bodies that pass the proxy")
struct ProxyStreamTests {
    static let size = 64 << 20
    /// What of it may be on the way at once: the kernel's buffers of four sockets, and the gateway's own.
    static let onTheWay = 24 << 20
    static let part: [UInt8] = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }
    private static let key = "Timegate-Key: tg_canary_key_of_jane"

    @Test("64 MiB up, by length and in chunks, arrive whole", arguments: [true, false])
    func upload(isChunked: Bool) async throws {
        let vendor = try RecordingVendor(keepsBodies: false) { message, wire in
            wire.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\nX-Got: \(message.bodyCount)\r\n\r\n")
            return true
        }
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.size)"
                client.send("POST /proxy/acme/up HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\n\(framing)\r\n\r\n")
                for _ in 0..<(Self.size / Self.part.count) {
                    if isChunked { client.send("10000\r\n") }
                    client.send(Self.part)
                    if isChunked { client.send("\r\n") }
                }
                if isChunked { client.send("0\r\n\r\n") }
                return try #require(try client.message(isAnswer: true))
            }
            #expect(answer.value("x-got") == "\(Self.size)")
            #expect(vendor.messages.first?.framing == (isChunked ? .chunked : .length))
        }
    }

    @Test("a body that comes with its head leaves with it")
    func together() async throws {
        let first = Mutex<[UInt8]>([])
        let vendor = try RecordingVendor { wire in
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(wire.descriptor, &bytes, bytes.count, 0)
            first.withLock { $0 = Array(bytes[..<max(0, count)]) }
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send("POST /proxy/acme/up HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\nContent-Length: 5\r\n\r\nhello")
                return try #require(try client.message(isAnswer: true))
            }
            #expect(answer.status == 200)
            let text = first.withLock { String(decoding: $0, as: UTF8.self) }
            #expect(text.hasPrefix("POST /up HTTP/1.1\r\n") && text.hasSuffix("\r\n\r\nhello"), "\(text)")
        }
    }

    @Test("64 MiB down, by length and in chunks, arrive whole", arguments: [true, false])
    func download(isChunked: Bool) async throws {
        let vendor = try RecordingVendor { _, wire in
            Self.sendBig(wire, isChunked: isChunked)
            return true
        }
        try await withProxy(vendor: vendor) { gateway in
            let answers = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                return try (0..<2).map { _ in
                    client.send("GET /proxy/acme/down HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\n\r\n")
                    return try #require(try client.message(isAnswer: true, keeps: false))
                }
            }
            #expect(answers.map(\.bodyCount) == [Self.size, Self.size])
            #expect(answers.allSatisfy { $0.framing == (isChunked ? .chunked : .length) })
        }
    }

    @discardableResult
    private static func sendBig(_ wire: Wire, isChunked: Bool = false, told: (Int) -> Void = { _ in }) -> Bool {
        wire.send(
            "HTTP/1.1 200 OK\r\n" + (isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)") + "\r\n\r\n"
        )
        var sent = 0
        while sent < size {
            if isChunked { wire.send("10000\r\n") }
            guard wire.send(part) == part.count else { return false }
            if isChunked { wire.send("\r\n") }
            sent += part.count
            told(sent)
        }
        if isChunked { wire.send("0\r\n\r\n") }
        return true
    }

    /// The value that `progress` stays at for a quarter of a second.
    private func settled(_ progress: () -> Int) async throws -> Int {
        var last = -1
        var still = 0
        for _ in 0..<400 {
            let now = progress()
            still = now == last && now > 0 ? still + 1 : 0
            if still == 10 { return now }
            last = now
            try await Task.sleep(for: .milliseconds(25))
        }
        return last
    }

    @Test("a client that does not read holds the vendor up, and gets all when it does")
    func slowClient() async throws {
        let sent = Atomic(0)
        let vendor = try RecordingVendor { _, wire in
            wire.shrinkBuffers()
            Self.sendBig(wire) { sent.store($0, ordering: .relaxed) }
            return true
        }
        try await withProxy(vendor: vendor) { gateway in
            let client = try Wire(port: gateway.port)
            client.shrinkBuffers()
            client.send("GET /proxy/acme/down HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\n\r\n")
            let stalled = try await settled { sent.load(ordering: .relaxed) }
            #expect(stalled < Self.onTheWay, "\(stalled) bytes have left the vendor")
            let answer = try await gateway.blocking { try #require(try client.message(isAnswer: true, keeps: false)) }
            #expect(answer.bodyCount == Self.size)
        }
    }

    @Test("a vendor that does not read holds the client up, and gets all when it does")
    func slowVendor() async throws {
        let isReading = Atomic(false)
        let received = Atomic(0)
        let vendor = try RecordingVendor(connection: { wire in
            wire.shrinkBuffers()
            while !isReading.load(ordering: .relaxed) { usleep(1000) }
            received.store(try wire.message(keeps: false)?.bodyCount ?? 0, ordering: .relaxed)
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        })
        try await withProxy(vendor: vendor) { gateway in
            let sent = Atomic(0)
            let client = try Wire(port: gateway.port)
            client.shrinkBuffers()
            async let answer = gateway.blocking {
                client.send(
                    "POST /proxy/acme/up HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\nContent-Length: \(Self.size)\r\n\r\n"
                )
                for index in 0..<(Self.size / Self.part.count) {
                    #expect(client.send(Self.part) == Self.part.count, "errno \(errno) after \(index) parts")
                    sent.store((index + 1) * Self.part.count, ordering: .relaxed)
                }
                return try #require(try client.message(isAnswer: true))
            }
            let stalled = try await settled { sent.load(ordering: .relaxed) }
            #expect(stalled < Self.onTheWay, "\(stalled) bytes have left the client")
            isReading.store(true, ordering: .relaxed)
            #expect(try await answer.status == 200)
            #expect(received.load(ordering: .relaxed) == Self.size)
        }
    }

    @Test("a client that goes away ends the vendor's answer")
    func clientGone() async throws {
        let outcome = Mutex<Bool?>(nil)
        let vendor = try RecordingVendor { _, wire in
            let isWhole = Self.sendBig(wire)
            outcome.withLock { $0 = isWhole }
            return false
        }
        try await withProxy(vendor: vendor) { gateway in
            try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.shrinkBuffers()
                client.send("GET /proxy/acme/down HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\n\r\n")
            }
            #expect(try await soon { outcome.withLock { $0 } == false })
        }
    }

    @Test("an upload that breaks off ends the vendor's request, which is not made whole")
    func uploadGone() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withProxy(vendor: vendor) { gateway in
            var client: Wire? = try Wire(port: gateway.port)
            client?.send("POST /proxy/acme/up HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\nContent-Length: 100\r\n\r\n12345")
            #expect(try await soon { vendor.connectionCount == 1 })
            client = nil
            #expect(try await soon { gateway.accessLog.text.contains("path=/proxy/acme/up") })
        }
        #expect(vendor.messages.isEmpty)
    }

    @Test("an answer that breaks off does not look whole to the client", arguments: [true, false])
    func answerGone(isChunked: Bool) async throws {
        let vendor = try RecordingVendor { _, wire in
            wire.send(
                isChunked
                    ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                    : "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
            )
            return false
        }
        try await withProxy(vendor: vendor) { gateway in
            try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send("GET /proxy/acme/x HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\n\r\n")
                #expect(throws: Wire.Failure.self) {
                    guard let answer = try client.message(isAnswer: true) else {
                        throw Wire.Failure(description: "closed")
                    }
                    // Where the end was known before anything was sent, the client is told in an answer of its own.
                    if answer.status == 502 { throw Wire.Failure(description: "502") }
                }
            }
        }
    }

    @Test("a vendor's refusal in the middle of an upload reaches the client at once")
    func earlyAnswer() async throws {
        let vendor = try RecordingVendor(connection: { wire in
            _ = try wire.head()
            wire.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
            while try wire.message(keeps: false) != nil {}
        })
        try await withProxy(vendor: vendor) { gateway in
            let answer = try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                client.send(
                    "POST /proxy/acme/up HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\nContent-Length: \(Self.size)\r\n\r\n"
                )
                client.send(Self.part)
                return try #require(try client.message(isAnswer: true))
            }
            #expect(answer.status == 413)
            #expect(answer.body == Array("big".utf8))
        }
    }

    @Test("a client that looks first is told to go on only when the request is allowed")
    func expectation() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try await withProxy(vendor: vendor) { gateway in
            try await gateway.blocking {
                let refused = try Wire(port: gateway.port)
                refused.send(
                    "POST /proxy/acme/x HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
                )
                let refusal = try #require(try refused.message(isAnswer: true))
                #expect(refusal.status == 401)
                #expect(refusal.interim.isEmpty)
                let client = try Wire(port: gateway.port)
                client.send(
                    "POST /proxy/acme/x HTTP/1.1\r\nHost: g\r\n\(Self.key)\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
                )
                usleep(50_000)
                client.send("ok")
                let answer = try #require(try client.message(isAnswer: true))
                #expect(answer.status == 200)
                #expect(answer.interim == [100])
            }
            #expect(vendor.messages.first?.body == Array("ok".utf8))
            #expect(vendor.messages.first?.value("expect") == nil)
        }
    }

    @Test("bodies of all kinds after each other, trailers among them, leave each other alone")
    func oneAfterAnother() async throws {
        let vendor = try RecordingVendor("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await withProxy(vendor: vendor) { gateway in
            try await gateway.blocking {
                let client = try Wire(port: gateway.port)
                for _ in 0..<5 {
                    for request in ClientRequest.all where request.version == "HTTP/1.1" {
                        client.send(request.bytes(host: "g", prefix: "/proxy/acme", extra: [Self.key]))
                        let answer = try #require(try client.message(isAnswer: true), "\(request.name)")
                        #expect(answer.body == Array("ok".utf8), "\(request.name)")
                    }
                }
            }
            let sums = vendor.messages.flatMap { $0.trailers.filter { $0.hasPrefix("X-Sum") } }
            #expect(sums == Array(repeating: "X-Sum: abc", count: 5))
        }
    }
}

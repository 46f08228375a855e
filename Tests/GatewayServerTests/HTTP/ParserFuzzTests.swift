import Testing

@testable import GatewayServer

/// The parsers of the front end under random changes: what they read must not depend on how the bytes arrive.
struct ParserFuzzTests {
    /// What a parser made of some bytes, to be compared.
    private enum Reading: Equatable {
        case incomplete
        case fault
        case complete(length: Int, text: String)
    }

    private static func text(_ head: RequestHead) -> String {
        var fields = ""
        head.headers.forEach { name, value in
            fields += String(decoding: name, as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self) + "|"
        }
        return
            "\(head.method.name) \(head.path) \(head.query ?? "-") \(head.framing) \(head.keepAlive) \(head.isHTTP11) "
            + "\(head.expectsContinue) \(fields)"
    }

    private static func read(_ bytes: [UInt8], cuts: [Int]) -> (Reading, RequestHead?) {
        var parser = RequestHeadParser(limits: HTTPServerConfiguration.Limits(), takesAbsoluteForm: true)
        for end in cuts + [bytes.count] {
            switch bytes[..<end].withUnsafeBytes({ parser.advance($0) }) {
            case .incomplete: continue
            case .fault: return (.fault, nil)
            case .complete(let length, let head): return (.complete(length: length, text: text(head)), head)
            }
        }
        return (.incomplete, nil)
    }

    @Test func headIsReadTheSameHoweverItArrives() {
        var changed = ChangedRequests(seed: 2)
        var counts = (complete: 0, fault: 0)
        for number in 0..<20_000 {
            let bytes = changed.next()
            let (whole, head) = Self.read(bytes, cuts: [])
            let (cut, _) = Self.read(bytes, cuts: changed.cuts(bytes.count))
            // A line that cannot become right is refused before its end has come.
            #expect(whole == cut, "case \(number): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            switch whole {
            case .incomplete: break
            case .fault: counts.fault += 1
            case .complete: counts.complete += 1
            }
            if let head { check(head, number) }
        }
        #expect(counts.complete > 5000 && counts.fault > 5000, "\(counts)")
    }

    /// What holds of every head that is taken, whatever came.
    private func check(_ head: RequestHead, _ number: Int) {
        let lengths = head.headers.all("content-length").map { Int(String(decoding: $0, as: UTF8.self)) }
        let codings = head.headers.all("transfer-encoding").map { String(decoding: $0, as: UTF8.self).lowercased() }
        switch head.framing {
        case .none: #expect(codings.isEmpty && (lengths.isEmpty || lengths == [0]), "case \(number)")
        case .length(let count): #expect(codings.isEmpty && lengths == [count], "case \(number)")
        case .chunked: #expect(codings == ["chunked"] && lengths.isEmpty && head.isHTTP11, "case \(number)")
        }
        #expect(head.headers.count(of: "host") == 1 || (!head.isHTTP11 && head.headers.count(of: "host") == 0))
        #expect(head.target.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        if head.isConnect {
            // A host and a port and nothing else, no body, and no request behind it.
            let target = String(decoding: head.target, as: UTF8.self)
            #expect(
                ProxyAuthority(target, isTLS: true)?.port.map { (1...65_535).contains($0) } == true,
                "case \(number)"
            )
            #expect(!target.contains { "/?#@%,".contains($0) }, "case \(number)")
            #expect(head.framing == .none && lengths.isEmpty && !head.keepAlive && head.query == nil, "case \(number)")
        }
        head.headers.forEach { name, value in
            #expect(!name.isEmpty && name.allSatisfy { $0.isTokenCharacter })
            #expect(value.allSatisfy { $0.isFieldValueCharacter })
            #expect(value.first != 0x20 && value.first != 0x09 && value.last != 0x20 && value.last != 0x09)
        }
        // Written out plainly, it is read the same again.
        var plain =
            "\(head.method.name) \(String(decoding: head.target, as: UTF8.self)) HTTP/1.\(head.isHTTP11 ? 1 : 0)\r\n"
        head.headers.forEach { name, value in
            plain += String(decoding: name, as: UTF8.self) + ": " + String(decoding: value, as: UTF8.self) + "\r\n"
        }
        let again = Self.read(Array((plain + "\r\n").utf8), cuts: []).1
        #expect(again.map(Self.text) == Self.text(head), "case \(number)")
    }

    private static let bodies = [
        "3\r\nabc\r\n0\r\n\r\n", "A\r\n0123456789\r\n00000003\r\nabc\r\n000\r\n\r\nGET / HTTP/1.1\r\n",
        "3;a=b;c=\"d e\"\r\nabc\r\n1;x\r\nz\r\n0;last\r\nT: u\r\nV: w\r\n\r\n", "0\r\n\r\n",
    ]

    private static func decode(_ bytes: [UInt8], cuts: [Int]) -> (Reading, [UInt8]) {
        var decoder = ChunkedBodyDecoder(bodyLimit: 1000, fieldLimit: 10)
        var body: [UInt8] = []
        var taken = 0
        for end in cuts + [bytes.count] {
            let result = bytes[taken..<end].withUnsafeBytes { part in
                Result { () throws(RequestFault) in try decoder.decode(part, into: &body) }
            }
            guard case .success(let count) = result else { return (.fault, body) }
            taken += count
            if decoder.isComplete { return (.complete(length: taken, text: "\(decoder.trailers.count)"), body) }
            #expect(taken == end, "a decoder that is not at its end takes everything")
        }
        return (.incomplete, body)
    }

    @Test func chunksAreReadTheSameHoweverTheyArrive() {
        var changed = ChangedRequests(seed: 3)
        var counts = (complete: 0, fault: 0)
        for number in 0..<20_000 {
            let bytes = changed.next(of: Self.bodies[number % Self.bodies.count])
            let whole = Self.decode(bytes, cuts: [])
            let cut = Self.decode(bytes, cuts: changed.cuts(bytes.count))
            #expect(whole == cut, "case \(number): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            #expect(whole.1.count <= 1000)
            switch whole.0 {
            case .incomplete: break
            case .fault: counts.fault += 1
            case .complete: counts.complete += 1
            }
        }
        #expect(counts.complete > 2000 && counts.fault > 5000, "\(counts)")
    }
}

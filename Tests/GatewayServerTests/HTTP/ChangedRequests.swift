/// Requests that are right, changed at random in a few places: always the same ones for the same seed.
struct ChangedRequests {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(state: seed) }

    static let seeds = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /v1/acme/time-entries?from=2026-01-01&vendor[x]=%20y HTTP/1.1\r\nHost: a.example:8080\r\nAccept: */*\r\n\r\n",
        "POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b;c=\"d e\"\r\nabc\r\n0\r\nT: u\r\n\r\n",
        "PUT /x HTTP/1.1\r\nhost:a\r\ncontent-length: 1 \r\nX-Empty:\r\nX-Tab:\ta\tb\t\r\n\r\nzGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        "DELETE /x HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
        "\r\nPATCH /a;b=c HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a.b-c_d~e+f/g==\r\nContent-Length: 2\r\n\r\nhi",
        "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\nProxy-Connection: keep-alive\r\n\r\n\u{16}\u{3}\u{1}",
    ]

    private static let pieces: [[UInt8]] =
        [
            "\r", "\n", "\r\n", " ", "\t", ":", ";", ",", "0", "1", "A", "f", "x", "-", "_", "%", "/", "?", "#", "\"",
            "=",
            "\0", "\u{0B}", "\u{7F}", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "Host: b\r\n",
            "Connection: keep-alive\r\n", "\r\n\r\n", "0\r\n\r\n", "chunked", ", ", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1", "HTTP/1.0", " \r\n", "\r\n ", "3\r\nabc\r\n",
        ].map { Array($0.utf8) } + [[0x80], [0xC3, 0xA9], [0xFF]]

    /// One to three random changes to one of the seeds.
    mutating func next() -> [UInt8] { next(of: Self.seeds.randomElement(using: &random)!) }

    /// One to three random changes.
    mutating func next(of seed: String) -> [UInt8] {
        var bytes = Array(seed.utf8)
        for _ in 0...Int.random(in: 0...2, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let piece = Self.pieces.randomElement(using: &random)!
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes.insert(contentsOf: piece, at: place)
            case 1: bytes.replaceSubrange(place..<min(place + piece.count, bytes.count), with: piece)
            case 2: bytes.removeSubrange(place..<min(place + Int.random(in: 1...3, using: &random), bytes.count))
            default:
                let end = min(place + Int.random(in: 1...40, using: &random), bytes.count)
                bytes.insert(contentsOf: bytes[place..<end], at: end)
            }
        }
        return bytes
    }

    /// Places at which to cut so many bytes, in order; sometimes none, sometimes all.
    mutating func cuts(_ count: Int) -> [Int] {
        guard count > 1 else { return [] }
        switch Int.random(in: 0...9, using: &random) {
        case 0: return Array(1..<count)
        case let few: return (0..<few).map { _ in Int.random(in: 1..<count, using: &random) }.sorted()
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}

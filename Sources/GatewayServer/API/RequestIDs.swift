/// Names requests: a random part for each event loop and run, and a count, so that making one costs no system call.
struct RequestIDs {
    private let prefix: [UInt8]
    private var count: UInt64 = 0
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    init() {
        var generator = SystemRandomNumberGenerator()
        prefix = (0..<10).map { _ in RequestIDs.digits[Int.random(in: 0..<32, using: &generator)] }
    }

    mutating func next() -> String {
        count += 1
        var bytes = prefix
        bytes.reserveCapacity(17)
        for shift in stride(from: UInt64(30), through: 0, by: -5) {
            bytes.append(RequestIDs.digits[Int(count >> shift & 31)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

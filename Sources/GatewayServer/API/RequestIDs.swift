/// Names requests: a random part for each event loop and run, and a count, so that making one costs no system call.
struct RequestIDs {
    /// Five bits for each of its characters.
    private let prefix: UInt64
    private var count: UInt64 = 0
    private static let digits: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

    init() {
        var generator = SystemRandomNumberGenerator()
        prefix = generator.next()
    }

    mutating func next() -> String {
        count += 1
        let (prefix, count) = (prefix, count)
        return String(unsafeUninitializedCapacity: 17) { bytes in
            for index in 0..<10 { bytes[index] = RequestIDs.digit(prefix >> (5 * UInt64(index))) }
            for index in 0..<7 { bytes[16 - index] = RequestIDs.digit(count >> (5 * UInt64(index))) }
            return 17
        }
    }

    private static func digit(_ bits: UInt64) -> UInt8 { digits.utf8Start[Int(bits & 31)] }
}

import Testing

@testable import GatewayCore

/// Where a text stands among bytes.
struct BytePatternTests {
    private func occurs(_ pattern: [UInt8], in text: [UInt8]) -> Bool {
        text.withUnsafeBytes { BytePattern(String(decoding: pattern, as: UTF8.self)).occurs(in: $0) }
    }

    /// Word for word, without any skill.
    private func standsThere(_ pattern: [UInt8], in text: [UInt8]) -> Bool {
        guard text.count >= pattern.count else { return false }
        return (0...(text.count - pattern.count)).contains { Array(text[$0..<($0 + pattern.count)]) == pattern }
    }

    @Test func itIsFoundAtEachPlaceAndOnlyWhole() {
        let secret = Array("s3cret-token".utf8)
        for before in 0..<30 {
            for after in [0, 1, 13] {
                let text =
                    [UInt8](repeating: UInt8(ascii: "s"), count: before) + secret
                    + [UInt8](repeating: UInt8(ascii: "n"), count: after)
                #expect(occurs(secret, in: text))
                #expect(!occurs(secret, in: Array(text.dropLast(after + 1))))
                var broken = text
                broken[before + 5] ^= 1
                #expect(!occurs(secret, in: broken))
            }
        }
        #expect(!occurs(secret, in: []))
    }

    @Test func itAnswersAsASearchWordForWord() {
        var state: UInt64 = 7
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        // Few letters, so that parts of the pattern come often; lengths beyond what a step can say.
        for _ in 0..<3_000 {
            let pattern = (0..<(1 + next(next(20) == 0 ? 600 : 6))).map { _ in UInt8(97 + next(2)) }
            let text = (0..<next(700)).map { _ in UInt8(97 + next(2)) }
            #expect(occurs(pattern, in: text) == standsThere(pattern, in: text))
        }
        let long = (0..<600).map { UInt8(97 + $0 % 3) }
        #expect(occurs(long, in: [UInt8(ascii: "z")] + long))
    }
}

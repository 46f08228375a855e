import Testing

@testable import GatewayServer

struct UUIDTextTests {
    @Test("the same digest is the same key of a vendor's, in every version of the gateway")
    func digest() {
        #expect(UUIDText.make(digest: Array<UInt8>(0..<32)) == "00010203-0405-8607-8809-0a0b0c0d0e0f")
        #expect(
            UUIDText.make(digest: [UInt8](repeating: 0xFF, count: 32)) == "ffffffff-ffff-8fff-bfff-ffffffffffff"
        )
    }

    @Test("new ones have the form of version 7, sort by time, and are all different")
    func new() async throws {
        let first = UUIDText.makeNew()
        try await Task.sleep(for: .milliseconds(3))
        let others = (0..<1_000).map { _ in UUIDText.makeNew() }
        #expect(others.allSatisfy { first < $0 })
        #expect(Set(others).count == 1_000)
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(others.allSatisfy { $0.wholeMatch(of: form) != nil })
    }
}

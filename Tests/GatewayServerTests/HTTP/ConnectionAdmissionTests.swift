import NIOCore
import Testing

@testable import GatewayServer

struct ConnectionAdmissionTests {
    private func peer(_ address: String) throws -> ConnectionAdmission.Peer? {
        ConnectionAdmission.Peer(try SocketAddress(ipAddress: address, port: 1))
    }

    @Test func addressesOfOneIPv6NetworkAreOnePeer() throws {
        #expect(try peer("2001:db8::1") == peer("2001:db8::ffff:1"))
        #expect(try peer("2001:db8::1") != peer("2001:db8:0:1::1"))
        #expect(try peer("192.0.2.1") == peer("::ffff:192.0.2.1"))
        #expect(try peer("192.0.2.1") != peer("192.0.2.2"))
        #expect(ConnectionAdmission.Peer(nil) == nil)
    }

    @Test func floodFromOnePeerLeavesRoomForOthers() throws {
        let admission = ConnectionAdmission(maximum: 3, maximumPerPeer: 2)
        let flooding = try peer("192.0.2.1")
        #expect(admission.enter(flooding) == .admitted)
        #expect(admission.enter(flooding) == .admitted)
        for _ in 0..<ConnectionAdmission.maximumRefused { #expect(admission.enter(flooding) == .refused) }
        #expect(admission.enter(flooding) == .dropped)
        let other = try peer("192.0.2.2")
        #expect(admission.enter(other) == .admitted)
        #expect(admission.enter(try peer("192.0.2.3")) == .dropped)
        admission.leave(flooding, .dropped)
        admission.leave(flooding, .refused)
        #expect(admission.enter(flooding) == .refused)
        admission.leave(flooding, .admitted)
        #expect(admission.enter(flooding) == .admitted)
    }
}

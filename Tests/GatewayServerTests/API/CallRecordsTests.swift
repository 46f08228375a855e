import GatewayCore
import Testing

@testable import GatewayServer

@Suite("The records of one event loop")
struct CallRecordsTests {
    static func record(_ id: Int, at time: Int64 = 0, bytes: Int = 0) -> CallRecord {
        CallRecord(
            id: "\(id)",
            time: time,
            caller: Caller(name: "jane", connections: [], scopes: []),
            connection: nil,
            operation: "create",
            generation: 1,
            method: .post,
            path: "/",
            query: nil,
            body: [UInt8](repeating: 32, count: bytes),
            status: 201,
            answer: [],
            trace: CallTrace { 0 }
        )
    }

    @Test("the oldest goes when there are too many, and the newest are found")
    func count() {
        var records = CallRecords(RecordLimits(count: 40, bytes: 1 << 20, seconds: 60))
        for id in 0..<1_000 { records.add(Self.record(id)) }
        #expect(records.count == 40)
        #expect((0..<960).allSatisfy { records.find("\($0)", 0) == nil })
        #expect((960..<1_000).allSatisfy { records.find("\($0)", 0)?.hasID("\($0)") == true })
    }

    @Test("the oldest go when they hold too much, and what holds too much by itself is not kept")
    func bytes() {
        var records = CallRecords(RecordLimits(count: 1_000, bytes: 10_000, seconds: 60))
        for id in 0..<100 {
            records.add(Self.record(id, bytes: 1_000))
            #expect(records.bytes <= 10_000)
        }
        #expect(records.count == 8)
        records.add(Self.record(100, bytes: 20_000))
        #expect(records.find("100", 0) == nil)
        #expect(records.find("99", 0) != nil)
    }

    @Test("what is too old is not shown, and goes")
    func age() {
        var records = CallRecords(RecordLimits(count: 100, bytes: 1 << 20, seconds: 60))
        records.add(Self.record(1, at: 0))
        records.add(Self.record(2, at: 50_000))
        #expect(records.find("1", 60_000) != nil)
        #expect(records.find("1", 60_001) == nil)
        records.expire(60_001)
        #expect(records.count == 1)
        records.expire(1_000_000)
        #expect(records.count == 0)
        #expect(records.bytes == 0)
    }
}

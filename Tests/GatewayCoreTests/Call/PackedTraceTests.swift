import JSON
import Testing

@testable import GatewayCore

@Suite("A trace that is kept")
struct PackedTraceTests {
    static let connection = Connection(
        name: "acme",
        vendor: "testvendor",
        origin: "https://api.example.com",
        secrets: ["s3cret"]
    )

    static func request(_ body: [UInt8]?, common: CommonHeaders? = nil) -> UpstreamRequest {
        UpstreamRequest(
            method: "POST",
            url: "https://api.example.com/entries?key=s3cret&ü=1",
            common: common,
            headers: [
                Header("X-Token", "Bearer s3cret", shown: "Bearer ***"), Header("Idempotency-Key", "a-key"),
                Header("X-Empty", ""),
            ],
            body: body,
            allowsPrivate: true,
            timeoutMilliseconds: 30_000
        )
    }

    /// Every kind of step, with what is empty, long and odd.
    static func trace() -> CallTrace {
        let clock = Clock()
        let trace = CallTrace { clock.next() }
        trace.lap(.read)
        var report = MappingReport()
        for (index, kind) in MappingReport.Kind.allCases.enumerated() {
            report.add(kind, "field_\(index)", vendorField: "Feld", why: "because")
        }
        trace.lap(.map, .report(report))
        trace.lap(.answer, .report(MappingReport()))
        let plain = CallTrace.Script(function: "authorize", instructions: .max, nanoseconds: 12_345, memory: 65_536)
        trace.lap(.script, .script(plain))
        trace.lap(.script, .script(plain))
        trace.changed(
            from: ["a": 1, "kept": [1, 2], "gone": .null, "secret": "s3cret"],
            to: ["a": .number("1.50"), "kept": [1, 2], "new": "with s3cret"]
        )
        let bodies: [[UInt8]?] = [
            nil, [], Array("{\"note\":\"s3cret\"}".utf8), [0xFF, 0, 0x80], Array(repeating: 32, count: 16_384),
            Array(repeating: 65, count: 16_385), Array(repeating: 66, count: 300_000),
        ]
        for body in bodies {
            trace.lap(
                .send,
                .exchange(CallTrace.Exchange(request(body), .success(UpstreamAnswer(status: 201, body: body ?? []))))
            )
        }
        for maySent in [true, false] {
            let failure = UpstreamFailure(kind: .addressRefused, maySent: maySent, message: "not there: s3cret")
            trace.lap(.send, .exchange(CallTrace.Exchange(request(nil), .failure(failure))))
        }
        trace.lap(.reply)
        return trace
    }

    /// Each look is later than the one before, by more each time.
    private final class Clock: @unchecked Sendable {
        private var time: Int64 = 1_000_000_000
        private var step: Int64 = 1

        func next() -> Int64 {
            time += step
            step *= 3
            return time
        }
    }

    @Test("shows what it would have shown before it was packed")
    func roundTrip() {
        let trace = Self.trace()
        var writer = PackedWriter(capacity: 0)
        writer.add("before")
        trace.pack(into: &writer, knowing: trace.common)
        writer.add("after")
        var reader = PackedReader(writer.finish())
        #expect(reader.text() == "before")
        let steps = CallTrace.steps(&reader, knowing: trace.common)
        #expect(reader.text() == "after")
        #expect(steps.count == trace.steps.count)
        let shown = CallTrace.json(steps, hidingSecretsOf: Self.connection)
        #expect(shown == trace.json(hidingSecretsOf: Self.connection))
        #expect(!shown.serialized(.compact).contains("s3cret"))
    }

    @Test("has the headers that requests have in common once, and those of other requests with them")
    func commonHeaders() {
        let rule = Shared(OperationRule(method: "POST", path: "/entries", success: [201]))
        let common = Self.connection.kind(rule).headers
        let other = Self.connection.with(headers: [Header("X-Other", "s3cret", shown: "***")]).kind(rule).headers
        let trace = CallTrace { 0 }
        for headers in [common, other, nil, common] {
            let answer = UpstreamAnswer(status: 200, body: [])
            trace.lap(.send, .exchange(CallTrace.Exchange(Self.request(nil, common: headers), .success(answer))))
        }
        #expect(trace.common === common)
        var writer = PackedWriter(capacity: trace.packedCapacity)
        trace.pack(into: &writer, knowing: trace.common)
        var reader = PackedReader(writer.finish())
        let steps = CallTrace.steps(&reader, knowing: trace.common)
        #expect(
            CallTrace.json(steps, hidingSecretsOf: Self.connection)
                == trace.json(hidingSecretsOf: Self.connection)
        )
    }

    @Test("holds no header's secret, and about as much as it says")
    func held() {
        let trace = Self.trace()
        var writer = PackedWriter(capacity: trace.packedCapacity)
        trace.pack(into: &writer, knowing: nil)
        let packed = writer.finish()
        // Two answers, one of them the beginning of a longer one, and two requests are too long to be copied.
        #expect((16_385 * 2 + 300_000 + 262_144)..<(700_000) ~= packed.heldBytes)
        #expect(!String(decoding: packed.bytes, as: UTF8.self).contains("Bearer s3cret"))
    }

    @Test("numbers of any size come back, and what there is none of")
    func numbers() {
        let numbers = [0, 1, 127, 128, 255, 16_383, 16_384, 1 << 31, 1 << 56, Int.max]
        var writer = PackedWriter(capacity: 0)
        for number in numbers { writer.add(number) }
        writer.add(-5)
        writer.add(String?.none)
        writer.add("" as String?)
        writer.add("last" as String?)
        let packed = writer.finish()
        var reader = PackedReader(packed)
        for number in numbers { #expect(reader.count() == number) }
        #expect(reader.count() == 0)
        #expect(reader.textIfAny() == nil)
        #expect(reader.textIfAny() == "")
        #expect(reader.textIfAny() == "last")
        // Nothing more is there to be read, and nothing breaks.
        #expect(reader.count() == 0)
        #expect(reader.body() == [])
        #expect(reader.value() == .null)
    }
}

import GatewayCore
import Testing

@Suite("Rounding")
struct RoundingTests {
    @Test(
        "seconds become minutes as each rounding says, and never a positive time zero",
        arguments: [
            (0, 0, 0, 0), (1, 1, nil, nil), (29, 1, nil, nil), (30, 1, nil, 1), (59, 1, nil, 1), (60, 1, 1, 1),
            (61, 2, 1, 1), (89, 2, 1, 1), (90, 2, 1, 2), (119, 2, 1, 2), (120, 2, 2, 2), (5400, 90, 90, 90),
            (-60, nil, nil, nil), (-1, nil, nil, nil), (.min, nil, nil, nil),
            (.max, 153_722_867_280_912_931, 153_722_867_280_912_930, 153_722_867_280_912_930),
        ] as [(Int64, Int64?, Int64?, Int64?)]
    )
    func minutes(seconds: Int64, up: Int64?, down: Int64?, nearest: Int64?) {
        #expect(Rounding.up.minutes(fromSeconds: seconds) == up)
        #expect(Rounding.down.minutes(fromSeconds: seconds) == down)
        #expect(Rounding.nearest.minutes(fromSeconds: seconds) == nearest)
    }

    @Test("other units work alike, odd ones too")
    func units() {
        #expect(Rounding.nearest.units(of: 3, inSeconds: 1) == nil)
        #expect(Rounding.nearest.units(of: 3, inSeconds: 2) == 1)
        #expect(Rounding.nearest.units(of: 900, inSeconds: 1350) == 2)
        #expect(Rounding.up.units(of: 1, inSeconds: 7) == 7)
        #expect(Rounding.up.units(of: .max, inSeconds: .max) == 1)
    }

    @Test("exact minutes are whole minutes only")
    func exactMinutes() {
        #expect(Rounding.exactMinutes(fromSeconds: 5400) == 90)
        #expect(Rounding.exactMinutes(fromSeconds: 0) == 0)
        #expect(Rounding.exactMinutes(fromSeconds: 5401) == nil)
        #expect(Rounding.exactMinutes(fromSeconds: -60) == nil)
    }

    @Test("the names are those of the Prefer header")
    func names() {
        #expect(Rounding.allCases.map(\.rawValue) == ["up", "down", "nearest"])
    }
}

import Testing

@testable import GatewayCore

/// Lengths as decimal hours.
struct DecimalHoursTests {
    @Test(
        "a number is read to the nearest second",
        arguments: [
            ("8", 28_800), ("1.75", 6300), ("0.33", 1188), ("0.3333", 1200), ("0.333333333333333333333333333", 1200),
            ("0", 0), ("-0", 0), ("-0.0", 0), ("0.0001", 0), ("0.00013", 0), ("0.00014", 1), ("1e0", 3600),
            ("25E-1", 9000), ("1.5e+1", 54_000), ("0e999999999999999999999", 0), ("1e-30", 0),
            ("1e-999999999999999999999", 0),
            ("8784", 31_622_400), ("0.000277777777777777", 1), ("1.00000000000000000001", 3600),
        ] as [(String, Int64)]
    )
    func reading(text: String, seconds: Int64) {
        #expect(DecimalHours.seconds(text) == seconds)
    }

    @Test(
        "what no entry has is not read",
        arguments: [
            "-1", "-0.01", "8784.01", "1e9", "1e999999999999999999999", "123456789012345678901234567890", "1e18",
            "99999999999999999e3",
        ]
    )
    func unreadable(text: String) {
        #expect(DecimalHours.seconds(text) == nil)
    }

    @Test(
        "a length that the decimals say is written with them, and read again as it was",
        arguments: [
            (2, 28_800, "8"), (2, 6300, "1.75"), (2, 36, "0.01"), (2, 360, "0.1"), (1, 5400, "1.5"), (2, 0, "0"),
            (4, 1200, "0.3333"), (5, 1, "0.00028"), (6, 1, "0.000278"), (2, 31_622_400, "8784"),
            (6, 31_622_399, "8783.999722"),
        ] as [(Int, Int64, String)]
    )
    func writing(decimals: Int, seconds: Int64, text: String) throws {
        let hours = DecimalHours(decimals: decimals)
        let units = try #require(hours.exactUnits(ofSeconds: seconds))
        #expect(hours.text(ofUnits: units) == text)
        #expect(DecimalHours.seconds(text) == seconds)
    }

    @Test(
        "what the decimals cannot say has no exact number",
        arguments: [(2, 1200), (1, 36), (3, 1), (2, 31_622_401), (2, -36)] as [(Int, Int64)]
    )
    func inexact(decimals: Int, seconds: Int64) {
        #expect(DecimalHours(decimals: decimals).exactUnits(ofSeconds: seconds) == nil)
    }

    @Test("whatever is exact comes back, and whatever is rounded is off by less than a step", arguments: 1...6)
    func roundTrip(decimals: Int) {
        let hours = DecimalHours(decimals: decimals)
        for seconds in Swift.stride(from: Int64(1), through: 86_400, by: 7) {
            if let units = hours.exactUnits(ofSeconds: seconds) {
                #expect(DecimalHours.seconds(hours.text(ofUnits: units)) == seconds)
                continue
            }
            for rounding in Rounding.allCases {
                guard let units = hours.units(ofSeconds: seconds, rounding) else { continue }
                let held = hours.seconds(ofUnits: units)
                #expect(DecimalHours.seconds(hours.text(ofUnits: units)) == held)
                #expect(abs(held - seconds) < hours.step)
            }
        }
    }
}

import GatewayCore
import Testing

@Suite("DurationText")
struct DurationTextTests {
    @Test(
        "each form of the grammar is read as its seconds",
        arguments: [
            ("1h30m", 5400), ("1h 30m", 5400), ("90m", 5400), ("45s", 45), ("1:30", 5400), ("1:30:00", 5400),
            ("1.5h", 5400), ("PT1H30M", 5400), ("1H30M", 5400), ("1h30m15s", 5415), ("1h 15s", 3615), ("0m", 0),
            ("0:00", 0), ("0h0m0s", 0), ("0.1h", 360), ("0.25m", 15), ("1.0h", 3600), ("1h 0.5m", 3630),
            ("0.0025h", 9), ("1.50000000000000000h", 5400), ("000090m", 5400), ("100h", 360_000),
            ("59:59:59", 215_999), ("100:00", 360_000), ("  1h  30m ", 5400), ("1 h 30 m", 5400), ("\t45 s", 45),
            ("pt1h30m", 5400), ("PT36H", 129_600), ("PT90M", 5400), ("PT0S", 0), ("PT1.5H", 5400), ("PT1,5H", 5400),
            ("PT1H0.5M", 3630), ("3600s", 3600), ("9223372036854775807s", .max),
            ("2562047788015215h", 9_223_372_036_854_774_000),
        ] as [(String, Int64)]
    )
    func validText(text: String, seconds: Int64) throws {
        #expect(try DurationText.parse(text) == seconds)
    }

    static let invalid: [(String, DurationTextError, String)] = [
        ("", .empty, "the duration is empty: write 1h30m, 90m, 1:30 or 1.5h"),
        ("   ", .empty, "the duration is empty: write 1h30m, 90m, 1:30 or 1.5h"),
        ("90", .unitMissing("90"), "90 what? write 90m for minutes or 90h for hours"),
        ("1.5", .unitMissing("1.5"), "1.5 what? write 1.5m for minutes or 1.5h for hours"),
        ("1h30", .unitMissing("30"), "30 what? write 30m for minutes or 30h for hours"),
        ("1 30m", .unitMissing("1"), "1 what? write 1m for minutes or 1h for hours"),
        ("PT90", .unitMissing("90"), "90 what? write 90m for minutes or 90h for hours"),
        ("-1h", .negative, "a duration cannot be negative"),
        ("1h -30m", .negative, "a duration cannot be negative"),
        ("−1h", .negative, "a duration cannot be negative"),
        ("-PT1H", .negative, "a duration cannot be negative"),
        ("PT-1H", .negative, "a duration cannot be negative"),
        ("-0:30", .negative, "a duration cannot be negative"),
        ("90min", .unknownUnit("min", meant: .minute), "the unit \"min\" is not known: write m"),
        ("2 Hours", .unknownUnit("Hours", meant: .hour), "the unit \"Hours\" is not known: write h"),
        ("30 secs", .unknownUnit("secs", meant: .second), "the unit \"secs\" is not known: write s"),
        ("5x", .unknownUnit("x", meant: nil), "the unit \"x\" is not known: write h, m (minutes) or s"),
        ("1hm", .unknownUnit("hm", meant: nil), "the unit \"hm\" is not known: write h, m (minutes) or s"),
        ("1d", .calendarUnit("day"), "a day is not a fixed number of working hours: write hours, as in 8h"),
        ("1d 2h", .calendarUnit("day"), "a day is not a fixed number of working hours: write hours, as in 8h"),
        ("P1DT2H", .calendarUnit("day"), "a day is not a fixed number of working hours: write hours, as in 8h"),
        ("P2W", .calendarUnit("week"), "a week is not a fixed number of working hours: write hours, as in 8h"),
        ("P1M", .calendarUnit("month"), "a month is not a fixed number of working hours: write hours, as in 8h"),
        ("P1Y", .calendarUnit("year"), "a year is not a fixed number of working hours: write hours, as in 8h"),
        ("PT1D", .calendarUnit("day"), "a day is not a fixed number of working hours: write hours, as in 8h"),
        ("1h 2h", .repeatedUnit(.hour), "the hours are there twice"),
        (
            "30m 1h", .outOfOrder(.hour, after: .minute),
            "hours must stand before minutes, as in 1h 30m 15s"
        ),
        ("1h90m", .tooMany(90, .minute, beside: .hour), "90 minutes beside hours: they must be less than 60 there"),
        ("1h 60s", .tooMany(60, .second, beside: .hour), "60 seconds beside hours: they must be less than 60 there"),
        ("1:75", .tooMany(75, .minute, beside: .hour), "75 minutes beside hours: they must be less than 60 there"),
        (
            "1:30:60", .tooMany(60, .second, beside: .minute),
            "60 seconds beside minutes: they must be less than 60 there"
        ),
        (
            "1.5h 30m", .decimalsBeforeLastPart("1.5"),
            "1.5 has decimals, which only the last part may have: write 1.5h or 1h 30m"
        ),
        ("1,5h", .decimalComma("1,5"), "1,5 has a comma: write decimals with a point, as in 1.5h"),
        (".5h", .malformedDecimal(".5"), ".5 needs a digit on both sides of its point, as in 0.5h"),
        ("1.h", .malformedDecimal("1."), "1. needs a digit on both sides of its point, as in 0.5h"),
        ("0.1234567891h", .tooManyDecimals("0.1234567891"), "0.1234567891 has more than nine decimals"),
        (
            "1.234h", .notWholeSeconds("1.234h", exactly: "4442.4", below: 4442),
            "1.234h is 4442.4 seconds, which is not a whole number: write 1h 14m 2s or 1h 14m 3s"
        ),
        (
            "45.5s", .notWholeSeconds("45.5s", exactly: "45.5", below: 45),
            "45.5s is 45.5 seconds, which is not a whole number: write 45s or 46s"
        ),
        (
            " 1h 0.01m", .notWholeSeconds("1h 0.01m", exactly: "3600.6", below: 3600),
            "1h 0.01m is 3600.6 seconds, which is not a whole number: write 1h or 1h 1s"
        ),
        (
            "0.000000001s", .notWholeSeconds("0.000000001s", exactly: "0.000000001", below: 0),
            "0.000000001s is 0.000000001 seconds, which is not a whole number: write 0m or 1s"
        ),
        (
            "1:5", .malformedColonForm,
            "minutes and seconds after a colon need two digits: write 1:30 or 1:30:00"
        ),
        (
            "1:", .malformedColonForm,
            "minutes and seconds after a colon need two digits: write 1:30 or 1:30:00"
        ),
        (
            "1:300", .malformedColonForm,
            "minutes and seconds after a colon need two digits: write 1:30 or 1:30:00"
        ),
        ("1:30h", .unitAfterColonForm("h"), "\"h\" cannot follow the form with a colon: write 1:30 or 1h 30m"),
        (
            "1:30:00:00", .unexpectedCharacter(at: 7),
            "character 8 has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"
        ),
        (":30", .unexpectedCharacter(at: 0), "character 1 has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"),
        ("+1h", .unexpectedCharacter(at: 0), "character 1 has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"),
        ("h", .unexpectedCharacter(at: 0), "character 1 has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"),
        (".", .unexpectedCharacter(at: 0), "character 1 has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"),
        ("1h,", .unexpectedCharacter(at: 2), "character 3 has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"),
        ("1e3s", .unknownUnit("e", meant: nil), "the unit \"e\" is not known: write h, m (minutes) or s"),
        ("1ч", .unexpectedCharacter(at: 1), "character 2 has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"),
        ("P", .malformedISO8601, "after P must stand T and hours, minutes or seconds: write PT1H30M"),
        ("PT", .malformedISO8601, "after P must stand T and hours, minutes or seconds: write PT1H30M"),
        ("P1", .malformedISO8601, "after P must stand T and hours, minutes or seconds: write PT1H30M"),
        ("P1H", .malformedISO8601, "after P must stand T and hours, minutes or seconds: write PT1H30M"),
        (
            "PT 1H", .unexpectedCharacter(at: 2),
            "character 3 has no place in a duration: write 1h30m, 90m, 1:30 or 1.5h"
        ),
        ("9223372036854775808s", .overflow, "the duration is too long to be counted in seconds"),
        ("2562047788015216h", .overflow, "the duration is too long to be counted in seconds"),
        ("9223372036854775807:00", .overflow, "the duration is too long to be counted in seconds"),
        ("2562047788015215h 30m 8s", .overflow, "the duration is too long to be counted in seconds"),
        (
            String(repeating: "0", count: 64) + "s", .tooLong,
            "the duration has more than 64 characters: write 1h30m, 90m, 1:30 or 1.5h"
        ),
    ]

    @Test("any other text is refused with what to write instead", arguments: invalid)
    func invalidText(text: String, error: DurationTextError, message: String) {
        #expect(throws: error) { try DurationText.parse(text) }
        #expect(error.message == message)
    }

    @Test("decimals are exact: each tenth of a second of an hour's decimals is taken or refused as arithmetic says")
    func exactDecimals() {
        for value in 0..<10_000 {
            let digits = String(value)
            let text = "0." + String(repeating: "0", count: 4 - digits.count) + digits + "h"
            let expected: Int64? = value * 3600 % 10_000 == 0 ? Int64(value * 3600 / 10_000) : nil
            #expect((try? DurationText.parse(text)) == expected, "\(text)")
        }
    }

    @Test(
        "the canonical text has the parts that are not zero",
        arguments: [
            (0, "0m"), (1, "1s"), (45, "45s"), (60, "1m"), (90, "1m 30s"), (3600, "1h"), (3605, "1h 5s"),
            (5400, "1h 30m"), (5415, "1h 30m 15s"), (360_000, "100h"), (.max, "2562047788015215h 30m 7s"),
            (-5400, "-1h 30m"), (.min, "-2562047788015215h 30m 8s"),
        ] as [(Int64, String)]
    )
    func canonical(seconds: Int64, text: String) {
        #expect(DurationText.canonical(seconds: seconds) == text)
        var bytes: [UInt8] = []
        DurationText.appendCanonical(seconds: seconds, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(
        "the colon form has seconds only where there are some",
        arguments: [
            (0, "0:00"), (60, "0:01"), (5400, "1:30"), (5415, "1:30:15"), (45, "0:00:45"), (360_000, "100:00"),
            (.max, "2562047788015215:30:07"), (-5400, "-1:30"),
        ] as [(Int64, String)]
    )
    func colonForm(seconds: Int64, text: String) {
        #expect(DurationText.colonForm(seconds: seconds) == text)
    }

    @Test("both written forms are read back as the same duration")
    func roundTrips() throws {
        var random = SeededRandom(seed: 90)
        for _ in 0..<10_000 {
            let seconds = Int64.random(in: 0...(Int64.max >> Int64.random(in: 0...62, using: &random)), using: &random)
            try #require(try DurationText.parse(DurationText.canonical(seconds: seconds)) == seconds)
            try #require(try DurationText.parse(DurationText.colonForm(seconds: seconds)) == seconds)
        }
    }

    @Test("no sequence of the grammar's characters crashes")
    func anyCharacters() {
        var random = SeededRandom(seed: 1)
        let alphabet = Array("0123459hmsHMSPTdp.,:- +\u{2212}é".utf8)
        var valid = 0
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 0...10, using: &random)).map { _ in alphabet.randomElement(using: &random)!
            }
            let seconds = bytes.withUnsafeBufferPointer { try? DurationText.parse(utf8: $0) }
            if let seconds {
                valid += 1
                #expect(seconds >= 0)
            }
        }
        #expect(valid > 100)
    }
}

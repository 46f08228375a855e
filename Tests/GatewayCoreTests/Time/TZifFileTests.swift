import Testing

@testable import GatewayCore

@Suite("TZifFile")
struct TZifFileTests {
    /// Writes TZif files, also wrong ones.
    struct Builder {
        var version: UInt8 = UInt8(ascii: "2")
        var times: [Int64] = []
        var kinds: [UInt8] = []
        var types: [(offset: Int32, isDST: UInt8, name: UInt8)] = [(0, 0, 0)]
        var names = Array("UTC\0".utf8)
        var footer: String? = "\n\n"
        var leapSeconds: UInt32 = 0

        var bytes: [UInt8] {
            if version == 0 { return block(timeSize: 4) }
            return block(timeSize: 4) + block(timeSize: 8) + Array((footer ?? "").utf8)
        }

        func block(timeSize: Int) -> [UInt8] {
            var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
            for count in [0, 0, leapSeconds, UInt32(times.count), UInt32(types.count), UInt32(names.count)] {
                append(Int64(count), size: 4, to: &bytes)
            }
            for time in times { append(time, size: timeSize, to: &bytes) }
            bytes += kinds
            for type in types {
                append(Int64(type.offset), size: 4, to: &bytes)
                bytes += [type.isDST, type.name]
            }
            bytes += names
            bytes += [UInt8](repeating: 0, count: Int(leapSeconds) * (timeSize + 4))
            return bytes
        }

        private func append(_ value: Int64, size: Int, to bytes: inout [UInt8]) {
            for shift in stride(from: (size - 1) * 8, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> Int64(shift)))
            }
        }
    }

    static let zagreb: @Sendable (inout Builder) -> Void = {
        $0.times = [-1_000_000, 1_000_000]
        $0.kinds = [1, 0]
        $0.types = [(3600, 0, 0), (7200, 1, 4)]
        $0.names = Array("CET\0CEST\0".utf8)
    }

    @Test("versions 1 to 4 are read alike", arguments: [0, 0x32, 0x33, 0x34] as [UInt8])
    func versions(version: UInt8) throws {
        var builder = Builder(version: version)
        Self.zagreb(&builder)
        let zone = Zone(name: "X", data: try TZifFile(builder.bytes))
        #expect(zone.offset(atEpochSeconds: -1_000_001).abbreviation == "CET")
        #expect(zone.offset(atEpochSeconds: -1_000_000).abbreviation == "CEST")
        #expect(zone.offset(atEpochSeconds: -1_000_000).isDST)
        #expect(zone.offset(atEpochSeconds: 999_999).offsetSeconds == 7200)
        #expect(zone.offset(atEpochSeconds: 1_000_000).offsetSeconds == 3600)
        #expect(zone.offset(atEpochSeconds: .max).offsetSeconds == 3600)
    }

    static let wrong: [(String, TZifError, @Sendable (inout Builder) -> Void)] = [
        ("an unknown version", .notTZif, { $0.version = UInt8(ascii: "1") }),
        ("no type", .badCounts, { $0.types = [] }),
        ("257 types", .badCounts, { $0.types = Array(repeating: (0, 0, 0), count: 257) }),
        ("no abbreviations", .badCounts, { $0.names = [] }),
        ("an abbreviation without an end", .badIndex, { $0.names = Array("UTC".utf8) }),
        ("an abbreviation that is not there", .badIndex, { $0.types = [(0, 0, 4)] }),
        ("a DST flag of 2", .badIndex, { $0.types = [(0, 2, 0)] }),
        ("an offset of a day", .badOffset, { $0.types = [(86_400, 0, 0)] }),
        ("the smallest offset", .badOffset, { $0.types = [(.min, 0, 0)] }),
        (
            "a type that is not there", .badIndex,
            {
                $0.times = [0]; $0.kinds = [1]
            }
        ),
        (
            "two transitions at once", .notAscending,
            {
                $0.times = [5, 5]; $0.kinds = [0, 0]
            }
        ),
        (
            "transitions in disorder", .notAscending,
            {
                $0.times = [5, 4]; $0.kinds = [0, 0]
            }
        ),
        ("leap seconds", .leapSeconds, { $0.leapSeconds = 2 }),
        ("no footer", .truncated, { $0.footer = nil }),
        ("a footer without an end", .truncated, { $0.footer = "\nUTC0" }),
        (
            "a footer that is no rule", .badRule("an abbreviation has not 3 to 16 characters"),
            { $0.footer = "\n:UTC\n" }
        ),
    ]

    @Test("a file that contradicts itself is refused", arguments: wrong)
    func wrongFiles(what: String, error: TZifError, change: @Sendable (inout Builder) -> Void) {
        var builder = Builder()
        change(&builder)
        #expect(throws: error, "\(what)") { try TZifFile(builder.bytes) }
        #expect(!error.description.isEmpty)
    }

    @Test("a file that is cut off anywhere is refused")
    func truncated() throws {
        let bytes = try ZoneFixtures.bytes("Europe/Zagreb")
        for length in 0..<bytes.count {
            #expect(throws: TZifError.self) { try TZifFile(Array(bytes[..<length])) }
        }
        #expect(throws: Never.self) { try TZifFile(bytes) }
    }

    @Test("huge counts are refused before anything is allocated for them")
    func hugeCounts() throws {
        let bytes = try ZoneFixtures.bytes("Europe/Zagreb")
        let second = try #require(bytes.indices.dropFirst(4).first { bytes[$0...].starts(with: "TZif".utf8) })
        for header in [0, second] {
            for count in 0..<6 {
                for value in [0xFF, 0x7F] as [UInt8] {
                    var damaged = bytes
                    for index in 0..<4 { damaged[header + 20 + count * 4 + index] = index == 0 ? value : 0xFF }
                    #expect(throws: TZifError.self) { try TZifFile(damaged) }
                }
            }
        }
    }

    @Test("whatever byte is changed, the file is refused or makes a zone that answers")
    func damaged() throws {
        let bytes = try ZoneFixtures.bytes("Europe/Zagreb")
        var random = SeededRandom(seed: 1883)
        var refused = 0
        for index in bytes.indices {
            for _ in 0..<4 {
                var damaged = bytes
                damaged[index] = UInt8.random(in: 0...255, using: &random)
                guard let file = try? TZifFile(damaged) else {
                    refused += 1
                    continue
                }
                let zone = Zone(name: "X", data: file)
                for instant in [Int64.min, -2_000_000_000, 0, 1_700_000_000, 4_000_000_000, .max] {
                    #expect(abs(zone.offset(atEpochSeconds: instant).offsetSeconds) < 86_400)
                }
                for text in ["1900-01-01T00:00", "2024-03-31T02:30", "2090-10-29T02:30"] {
                    _ = zone.resolve(try LocalDateTime.parse(text))
                }
            }
        }
        #expect(refused > 100)
    }
}

/// The contents of a compiled time zone file, versions 1 to 4 (RFC 9636), checked: whatever the bytes, the result is
/// consistent or an error is thrown.
struct TZifFile: Sendable {
    /// Ascending; see `Zone` for the meaning of all four.
    var transitions: [Int64] = []
    var kinds: [UInt8] = []
    var offsets: [ZoneOffset]
    var rule: POSIXTimeZoneRule?

    init(offsets: [ZoneOffset]) {
        self.offsets = offsets
    }

    init(_ bytes: [UInt8]) throws(TZifError) {
        var reader = Reader(bytes)
        var header = try Header(&reader)
        var timeSize = 4
        if header.version > 0 {
            // Version 1's block, with 32-bit times, is there for readers that know no other.
            try reader.skip(header.dataSize(timeSize: timeSize))
            header = try Header(&reader)
            timeSize = 8
        }
        guard header.leapSeconds == 0 else { throw .leapSeconds }
        guard header.dataSize(timeSize: timeSize) <= reader.remaining else { throw .truncated }

        transitions = try Self.transitions(&reader, count: header.times, size: timeSize)
        kinds = try (0..<header.times).map { _ throws(TZifError) in
            let kind = try reader.byte()
            guard Int(kind) < header.types else { throw .badIndex }
            return kind
        }
        let types = try (0..<header.types).map { _ throws(TZifError) in
            (
                offset: Int(Int32(truncatingIfNeeded: try reader.integer(4))), dst: try reader.byte(),
                name: try reader.byte()
            )
        }
        let names = try reader.bytes(header.characters)
        offsets = try types.map { type throws(TZifError) in
            guard abs(type.offset) < 86_400 else { throw .badOffset }
            guard type.dst <= 1 else { throw .badIndex }
            guard
                let name = names.dropFirst(Int(type.name)).split(
                    separator: 0,
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                ).first,
                Int(type.name) < names.count, name.endIndex < names.endIndex
            else { throw .badIndex }
            return ZoneOffset(
                offsetSeconds: type.offset,
                isDST: type.dst == 1,
                abbreviation: String(decoding: name, as: UTF8.self)
            )
        }
        // Whether a change was given in standard or universal time mattered to makers of rules only.
        try reader.skip(header.standardIndicators + header.universalIndicators)
        if header.version > 0 {
            let footer = try reader.footer()
            rule = footer.isEmpty ? nil : try POSIXTimeZoneRule(footer)
        }
    }

    private static func transitions(
        _ reader: inout Reader,
        count: Int,
        size: Int
    ) throws(TZifError) -> [Int64] {
        var times: [Int64] = []
        times.reserveCapacity(count)
        for _ in 0..<count {
            let raw = try reader.integer(size)
            let time = size == 4 ? Int64(Int32(truncatingIfNeeded: raw)) : raw
            if let last = times.last, last >= time { throw .notAscending }
            times.append(time)
        }
        return times
    }

    private struct Header {
        /// 0 for version 1, else the digit.
        var version: UInt8
        var universalIndicators: Int
        var standardIndicators: Int
        var leapSeconds: Int
        var times: Int
        var types: Int
        var characters: Int

        init(_ reader: inout Reader) throws(TZifError) {
            guard try reader.bytes(4).elementsEqual("TZif".utf8) else { throw .notTZif }
            let byte = try reader.byte()
            // Later versions keep the layout of version 2 (RFC 9636 section 3.1).
            guard byte == 0 || byte >= UInt8(ascii: "2") && byte <= UInt8(ascii: "9") else { throw .notTZif }
            version = byte == 0 ? 0 : byte - ASCII.zero
            try reader.skip(15)
            universalIndicators = Int(try reader.integer(4))
            standardIndicators = Int(try reader.integer(4))
            leapSeconds = Int(try reader.integer(4))
            times = Int(try reader.integer(4))
            types = Int(try reader.integer(4))
            characters = Int(try reader.integer(4))
            guard 1...256 ~= types, characters > 0,
                universalIndicators == 0 || universalIndicators == types,
                standardIndicators == 0 || standardIndicators == types
            else { throw .badCounts }
        }

        /// The size of the block that follows. Each count is less than 2^32: nothing overflows.
        func dataSize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leapSeconds * (timeSize + 4) + standardIndicators
                + universalIndicators
        }
    }

    /// Big-endian integers and byte runs, never beyond the end.
    private struct Reader {
        private let contents: [UInt8]
        private var position = 0

        init(_ contents: [UInt8]) {
            self.contents = contents
        }

        var remaining: Int { contents.count - position }

        mutating func bytes(_ count: Int) throws(TZifError) -> ArraySlice<UInt8> {
            guard count <= remaining else { throw .truncated }
            defer { position += count }
            return contents[position..<(position + count)]
        }

        mutating func skip(_ count: Int) throws(TZifError) {
            _ = try bytes(count)
        }

        mutating func byte() throws(TZifError) -> UInt8 {
            try bytes(1).first!
        }

        /// Unsigned below 8 bytes, signed with 8.
        mutating func integer(_ size: Int) throws(TZifError) -> Int64 {
            try bytes(size).reduce(0) { $0 << 8 | Int64($1) }
        }

        /// What stands between two newlines.
        mutating func footer() throws(TZifError) -> ArraySlice<UInt8> {
            guard try byte() == ASCII.newline else { throw .truncated }
            guard let end = contents[position...].firstIndex(of: ASCII.newline) else { throw .truncated }
            return try bytes(end - position)
        }
    }
}

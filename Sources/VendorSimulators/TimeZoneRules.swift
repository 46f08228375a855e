import Glibc
import Synchronization

/// The offsets of one IANA time zone, read from the system's compiled time zone data (RFC 9636, "TZif").
///
/// glibc's own conversion is not used because its zone is a property of the whole process.
struct TimeZoneRules: Sendable {
    /// Seconds since 1970 from which the offset at the same index holds.
    private let transitions: [Int64]
    private let offsets: [Int]
    /// What holds before the first transition.
    private let initialOffset: Int
    /// What holds after the last one.
    private let footer: PosixZoneRule?

    static let utc = TimeZoneRules(transitions: [], offsets: [], initialOffset: 0, footer: nil)

    private static let loaded = Mutex<[String: TimeZoneRules]>(["UTC": .utc])

    /// The zone of that IANA name; nil where the system's data has none.
    static func named(_ name: String) -> TimeZoneRules? {
        if let known = loaded.withLock({ $0[name] }) { return known }
        guard isPlausible(name), let data = readFile("/usr/share/zoneinfo/" + name),
            let rules = TimeZoneRules(tzif: data)
        else { return nil }
        loaded.withLock { $0[name] = rules }
        return rules
    }

    /// Seconds east of UTC at an instant.
    func offset(at epochSeconds: Int64) -> Int {
        guard let last = transitions.last else { return footer?.offset(at: epochSeconds) ?? initialOffset }
        if epochSeconds >= last, let footer { return footer.offset(at: epochSeconds) }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= epochSeconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? initialOffset : offsets[low - 1]
    }

    /// The instants that a local date and time can mean: none in a gap, two in an overlap, earliest first.
    ///
    /// - Parameter civilSeconds: seconds since 1970 of the local date and time read as UTC.
    func instants(forLocal civilSeconds: Int64) -> [Int64] {
        var found: [Int64] = []
        for probe in [civilSeconds - 86_400, civilSeconds + 86_400] {
            let candidate = civilSeconds - Int64(offset(at: probe))
            if offset(at: candidate) == offset(at: probe), !found.contains(candidate) { found.append(candidate) }
        }
        return found.sorted()
    }

    /// Names are `Area/Place`; what could leave the data's folder, or is no zone of its own, is refused.
    private static func isPlausible(_ name: String) -> Bool {
        guard let first = name.utf8.first, first >= 0x41, first <= 0x5A, name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2F, 0x5F: true
            default: false
            }
        }
    }

    private static func readFile(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
        return nil
    }

    private init(transitions: [Int64], offsets: [Int], initialOffset: Int, footer: PosixZoneRule?) {
        self.transitions = transitions
        self.offsets = offsets
        self.initialOffset = initialOffset
        self.footer = footer
    }

    /// Reads the 64-bit block and the footer of a TZif file of version 2 or later.
    init?(tzif bytes: [UInt8]) {
        func number(_ at: Int, _ size: Int) -> Int64 {
            var value: UInt64 = bytes[at] & 0x80 != 0 ? .max : 0
            for byte in bytes[at..<at + size] { value = value << 8 | UInt64(byte) }
            return Int64(bitPattern: value)
        }
        func counts(_ start: Int) -> [Int]? {
            guard bytes.count >= start + 44, Array(bytes[start..<start + 4]) == Array("TZif".utf8) else { return nil }
            let counts = (0..<6).map { Int(number(start + 20 + $0 * 4, 4)) }
            return counts.allSatisfy { (0...100_000).contains($0) } ? counts : nil
        }
        // Order of the counts: UT indicators, standard indicators, leap seconds, transitions, types, characters.
        guard let first = counts(0), bytes[4] >= 0x32 else { return nil }
        let secondHeader =
            44 + first[3] * 5 + first[4] * 6 + first[5] + first[2] * 8 + first[1] + first[0]
        guard let second = counts(secondHeader), second[4] > 0 else { return nil }
        let times = secondHeader + 44
        let kinds = times + second[3] * 8
        let types = kinds + second[3]
        let footerStart = types + second[4] * 6 + second[5] + second[2] * 12 + second[1] + second[0]
        guard bytes.count >= footerStart else { return nil }
        let typeOffsets = (0..<second[4]).map { Int(number(types + $0 * 6, 4)) }
        let kindBytes = bytes[kinds..<types]
        guard kindBytes.allSatisfy({ Int($0) < typeOffsets.count }) else { return nil }
        let text = bytes[footerStart...].filter { $0 != 0x0A }
        self.init(
            transitions: (0..<second[3]).map { number(times + $0 * 8, 8) },
            offsets: kindBytes.map { typeOffsets[Int($0)] },
            initialOffset: typeOffsets[0],
            footer: PosixZoneRule(String(decoding: text, as: UTF8.self))
        )
    }
}

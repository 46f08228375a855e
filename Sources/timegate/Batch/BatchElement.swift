import GatewayCore
import JSON

/// One entry of a batch, as its file has it.
struct BatchElement {
    /// Among all elements of the file, from 0.
    let index: Int
    /// Where a person finds it: the line of NDJSON, or the number in a list, from 1.
    let place: Int
    /// `{"key"?, "entry"}` as it is sent and can be sent again; or why it cannot be.
    let content: Result<JSONValue, Problem>
    /// Of what is sent, in bytes.
    private(set) var size = 0

    /// The most that one request holds, below the gateway's 1 MiB.
    static let maximumSize = 960 << 10
    /// The request's own list and object stand around it.
    static let limits = JSONLimits(maximumBytes: LineReader.maximumLength, maximumDepth: 60)

    /// - Parameter makesKey: gives an entry that has no key one of its own.
    init(_ value: JSONValue, index: Int, place: Int, makesKey: Bool) {
        var element: JSONValue = value["entry"] == nil && value.object != nil ? ["entry": value] : value
        if makesKey, element["key"] == nil, let members = element.object?.members {
            element = .object(JSONObject([("key", .string(RandomKey.make()))] + members))
        }
        let size = element.serializedBytes().count
        self.index = index
        self.place = place
        if size <= Self.maximumSize {
            self.size = size
            content = .success(element)
        } else {
            let fault = "It has \(size) bytes; an entry of a batch has at most \(Self.maximumSize)."
            content = .failure(Problem(.bodyTooLarge, fault))
        }
    }

    init(_ problem: Problem, index: Int, place: Int) {
        self.index = index
        self.place = place
        content = .failure(problem)
    }

    var value: JSONValue? { try? content.get() }

    var problem: Problem? {
        if case .failure(let problem) = content { problem } else { nil }
    }
}

/// Keys under which an entry is recorded once only.
enum RandomKey {
    /// A UUID of version 7 (RFC 9562, section 5.7): keys made later sort later.
    static func make() -> String {
        let time = UInt64(SystemTime.milliseconds()) & 0xFFFF_FFFF_FFFF
        let random = UInt64.random(in: .min ... .max)
        let high = time << 16 | 0x7000 | random & 0xFFF
        let low = UInt64.random(in: .min ... .max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = padded(high) + padded(low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

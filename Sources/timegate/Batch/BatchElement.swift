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

    /// - Parameter keys: where an entry that has no key gets one.
    init(_ value: JSONValue, index: Int, place: Int, keys: inout BatchKeys) {
        var element: JSONValue = value["entry"] == nil && value.object != nil ? ["entry": value] : value
        if element["key"] == nil, let members = element.object?.members, let entry = element["entry"],
            let key = keys.key(of: entry)
        {
            element = .object(JSONObject([("key", .string(key))] + members))
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

    /// The element to be sent again after a refusal.
    ///
    /// - Parameter isSpent: whether its key answers with that refusal from now on: then it is followed by another.
    func again(isSpent: Bool) -> JSONValue? {
        guard isSpent, var element = value?.object, let key = element["key"]?.string else { return value }
        element["key"] = .string(BatchKeys.key(after: key))
        return .object(element)
    }

    var problem: Problem? {
        if case .failure(let problem) = content { problem } else { nil }
    }
}

public import JSON

/// What the request of an action holds, whatever the entry: `{"status": "approved"}`.
public struct ActionBody: Sendable, Equatable {
    /// As the plugin's table writes it.
    public let template: JSONObject

    /// Stands for the time of the call: vendors stop a timer by being told when it ended.
    public static let now = "${now}"

    public init(_ template: JSONObject) { self.template = template }

    /// The body of one call. The time is one in UTC, in whole seconds.
    func filled(at now: Timestamp) -> JSONObject {
        guard let text = Timestamp(epochSeconds: now.epochSeconds)?.description else { return template }
        return ActionBody.filled(.object(template), text).object ?? template
    }

    private static func filled(_ value: JSONValue, _ now: String) -> JSONValue {
        switch value {
        case .string(Self.now): return .string(now)
        case .object(let object):
            return .object(JSONObject(object.map { (key: $0.key, value: filled($0.value, now)) }))
        case .array(let elements): return .array(elements.map { filled($0, now) })
        default: return value
        }
    }

    /// Whether a value of a client's request is what the template has in its place.
    static func isSame(_ expected: JSONValue, _ given: JSONValue) -> Bool {
        guard expected == .string(now) else { return expected.isEquivalent(to: given) }
        return given.string.flatMap { try? Timestamp.parse($0, as: .lenient) } != nil
    }
}

extension JSONValue {
    /// The value as JSON text: see ``JSONWriter`` for what is escaped.
    public func serialized(_ style: JSONStyle = .compact) -> String {
        String(decoding: serializedBytes(style), as: UTF8.self)
    }

    /// The same as UTF-8.
    public func serializedBytes(_ style: JSONStyle = .compact) -> [UInt8] {
        var writer = JSONWriter()
        switch style {
        case .compact:
            writer.value(self)
            return writer.finish()
        case .pretty:
            var text: [UInt8] = []
            appendPretty(to: &text, level: 0)
            return text
        }
    }

    private func appendPretty(to text: inout [UInt8], level: Int) {
        switch self {
        case .array(let values) where !values.isEmpty:
            text.append(UInt8(ascii: "["))
            for (position, value) in values.enumerated() {
                Self.startLine(&text, level: level + 1, isFirst: position == 0)
                value.appendPretty(to: &text, level: level + 1)
            }
            Self.startLine(&text, level: level, isFirst: true)
            text.append(UInt8(ascii: "]"))
        case .object(let object) where !object.isEmpty:
            text.append(UInt8(ascii: "{"))
            for (position, member) in object.members.enumerated() {
                Self.startLine(&text, level: level + 1, isFirst: position == 0)
                JSONValue.string(member.key).appendPretty(to: &text, level: level + 1)
                text.append(UInt8(ascii: ":"))
                text.append(UInt8(ascii: " "))
                member.value.appendPretty(to: &text, level: level + 1)
            }
            Self.startLine(&text, level: level, isFirst: true)
            text.append(UInt8(ascii: "}"))
        default:
            text += serializedBytes(.compact)
        }
    }

    private static func startLine(_ text: inout [UInt8], level: Int, isFirst: Bool) {
        if !isFirst { text.append(UInt8(ascii: ",")) }
        text.append(0x0A)
        text.append(contentsOf: repeatElement(0x20, count: level * 2))
    }
}

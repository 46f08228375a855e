import JSON

/// Holds values against the JSON Schemas of a document: the part of JSON Schema that the document is written in. A word
/// that is not known here is a fault, so that nothing is passed over.
///
/// Stricter than JSON Schema in one thing: an object with described members has no others, unless
/// `additionalProperties` says so. Clients should pass over what they do not know; the gateway should not send it.
struct SchemaCheck {
    let document: JSONValue

    init(_ document: JSONValue) { self.document = document }

    /// The value at a reference within the document: `#/components/schemas/Entry`.
    func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        var value: JSONValue? = document
        for part in reference.dropFirst(2).split(separator: "/") {
            let name = part.replacing("~1", with: "/").replacing("~0", with: "~")
            value = value?[String(name)]
        }
        return value
    }

    /// The value itself, or what it refers to.
    func resolved(_ value: JSONValue) -> JSONValue {
        value["$ref"]?.string.flatMap { resolve($0) } ?? value
    }

    private static let annotations: Set = [
        "description", "examples", "example", "default", "readOnly", "writeOnly", "title", "x-timegate-loss",
        "x-timegate-problems",
    ]

    /// What is wrong with a value, each with its place; empty where it is as the schema says.
    func faults(_ value: JSONValue, _ schema: JSONValue, at place: String = "$") -> [String] {
        if let verdict = schema.bool { return verdict ? [] : ["\(place) is not allowed"] }
        guard let words = schema.object else { return ["\(place): the schema is \(schema)"] }
        return words.flatMap { word, rule in faults(value, word, rule, words, place) }
    }

    private func faults(
        _ value: JSONValue,
        _ word: String,
        _ rule: JSONValue,
        _ schema: JSONObject,
        _ place: String
    ) -> [String] {
        switch word {
        case "$ref":
            guard let target = rule.string.flatMap({ resolve($0) }) else { return ["\(place): \(rule) is nowhere"] }
            return faults(value, target, at: place)
        case "type":
            let types = rule.array?.compactMap(\.string) ?? [rule.string ?? ""]
            return types.contains { isOf(type: $0, value) } ? [] : ["\(place) is \(value), not \(types)"]
        case "enum":
            return rule.array?.contains { $0.isEquivalent(to: value) } == true
                ? [] : ["\(place) is \(value), not of \(rule)"]
        case "const": return rule.isEquivalent(to: value) ? [] : ["\(place) is \(value), not \(rule)"]
        case "anyOf":
            let all = (rule.array ?? []).map { faults(value, $0, at: place) }
            return all.contains([]) ? [] : all.min { $0.count < $1.count } ?? ["\(place): anyOf is empty"]
        case "allOf": return (rule.array ?? []).flatMap { faults(value, $0, at: place) }
        case "properties", "additionalProperties", "required": return objectFaults(value, word, rule, schema, place)
        case "items", "minItems", "maxItems", "uniqueItems": return listFaults(value, word, rule, place)
        case "minimum": return number(value).map { $0 < number(rule) ?? 0 } == true ? ["\(place) is below \(rule)"] : []
        case "maximum": return number(value).map { $0 > number(rule) ?? 0 } == true ? ["\(place) is above \(rule)"] : []
        case "minLength":
            let isShort = value.string.map { $0.unicodeScalars.count < rule.int64 ?? 0 } == true
            return isShort ? ["\(place) is too short"] : []
        case "pattern":
            guard let text = value.string, let pattern = try? Regex(rule.string ?? "") else { return [] }
            return text.contains(pattern) ? [] : ["\(place) is \(text), not like \(rule)"]
        case "format": return formatFaults(value, rule, place)
        default: return SchemaCheck.annotations.contains(word) ? [] : ["\(place): the word \(word) is not known"]
        }
    }

    private func objectFaults(
        _ value: JSONValue,
        _ word: String,
        _ rule: JSONValue,
        _ schema: JSONObject,
        _ place: String
    ) -> [String] {
        guard let object = value.object else { return [] }
        switch word {
        case "required":
            return (rule.array ?? []).compactMap(\.string).filter { object[$0] == nil }.map {
                "\(place).\($0) is missing"
            }
        case "properties":
            return object.flatMap { name, member -> [String] in
                if let inner = rule[name] { return faults(member, inner, at: "\(place).\(name)") }
                let isClosed = schema["additionalProperties"] == nil && schema["type"] != nil
                return isClosed ? ["\(place).\(name) is not described"] : []
            }
        default:
            let others = object.filter { schema["properties"]?[$0.key] == nil }
            return others.flatMap { faults($0.value, rule, at: "\(place).\($0.key)") }
        }
    }

    private func listFaults(_ value: JSONValue, _ word: String, _ rule: JSONValue, _ place: String) -> [String] {
        guard let list = value.array else { return [] }
        switch word {
        case "items": return list.enumerated().flatMap { faults($1, rule, at: "\(place)[\($0)]") }
        case "minItems": return list.count < rule.int64 ?? 0 ? ["\(place) has \(list.count) elements"] : []
        case "maxItems": return list.count > rule.int64 ?? 0 ? ["\(place) has \(list.count) elements"] : []
        default:
            let isRepeated = list.indices.contains { index in
                list[..<index].contains { $0.isEquivalent(to: list[index]) }
            }
            return isRepeated ? ["\(place) has an element twice"] : []
        }
    }

    private func formatFaults(_ value: JSONValue, _ rule: JSONValue, _ place: String) -> [String] {
        guard let text = value.string else { return [] }
        let isRight =
            switch rule.string {
            case "date": text.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil
            case "date-time":
                text.wholeMatch(of: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})/) != nil
            case "uri": text.wholeMatch(of: /[a-z]+:[^\s]+/) != nil
            default: false
            }
        return isRight ? [] : ["\(place) is \(text), which is no \(rule)"]
    }

    private func isOf(type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "null": value.isNull
        case "boolean": value.bool != nil
        case "integer": value.int64 != nil
        case "number": value.numberText != nil
        case "string": value.string != nil
        case "array": value.array != nil
        case "object": value.object != nil
        default: false
        }
    }

    private func number(_ value: JSONValue) -> Double? { value.numberText.flatMap { Double($0) } }
}

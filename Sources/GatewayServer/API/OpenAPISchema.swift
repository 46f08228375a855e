internal import JSON

/// The few kinds of JSON Schema that the document is written with.
enum OpenAPISchema {
    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    static func reference(_ kind: String, _ name: String) -> JSONValue {
        ["$ref": .string("#/components/\(kind)/\(name)")]
    }

    static func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }

    static func string(_ description: String, format: String? = nil) -> JSONValue {
        var schema: JSONObject = ["type": "string", "description": .string(description)]
        if let format { schema["format"] = .string(format) }
        return .object(schema)
    }

    static func boolean(_ description: String) -> JSONValue {
        ["type": "boolean", "description": .string(description)]
    }

    static func integer(_ description: String) -> JSONValue {
        ["type": "integer", "format": "int64", "description": .string(description)]
    }

    static func choice(_ values: [String], _ description: String) -> JSONValue {
        ["type": "string", "enum": texts(values), "description": .string(description)]
    }

    static func list(of items: JSONValue, _ description: String) -> JSONValue {
        ["type": "array", "items": items, "description": .string(description)]
    }

    /// - Parameter isClosed: whether other members are refused.
    static func object(
        _ description: String,
        _ properties: JSONObject,
        required: [String] = [],
        isClosed: Bool = false
    ) -> JSONValue {
        var schema: JSONObject = [
            "type": "object", "description": .string(description), "properties": .object(properties),
        ]
        if !required.isEmpty { schema["required"] = texts(required) }
        if isClosed { schema["additionalProperties"] = false }
        return .object(schema)
    }

    /// An object whose names are not fixed.
    static func map(of values: JSONValue, _ description: String) -> JSONValue {
        ["type": "object", "description": .string(description), "additionalProperties": values]
    }
}

public import JSON

/// The value of one member of an entry.
public enum Value: Sendable, Equatable {
    /// Said to be nothing, which is not the same as not said.
    case null
    case string(String)
    case integer(Int64)
    case bool(Bool)
    case date(CivilDate)
    case time(Timestamp)
    case subjects([Subject])
    case json(JSONValue)
    /// The vendor's own members, as views into its answer: nothing is copied until they are written.
    case kept(KeptFields)

    /// As JSON, for reports and scripts.
    public var json: JSONValue {
        switch self {
        case .null: .null
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        case .bool(let flag): .bool(flag)
        case .date(let date): .string(date.description)
        case .time(let time): .string(time.description)
        case .subjects(let subjects):
            .object(
                JSONObject(
                    subjects.map { subject in
                        (key: subject.type, value: subject.isNull ? .null : .object(subject.jsonObject))
                    }
                )
            )
        case .json(let value): value
        case .kept(let fields): fields.json
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .string(let text): writer.string(text)
        case .integer(let number): writer.integer(number)
        case .bool(let flag): writer.bool(flag)
        case .date(let date): date.write(to: &writer)
        case .time(let time): time.write(to: &writer)
        case .subjects(let subjects):
            writer.beginObject()
            subjects.withUnsafeBufferPointer { subjects in
                for index in subjects.indices {
                    writer.name(subjects[index].type)
                    subjects[index].write(to: &writer)
                }
            }
            writer.endObject()
        case .json(let value): writer.value(value)
        case .kept(let fields): fields.write(to: &writer)
        }
    }

    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var date: CivilDate? { if case .date(let date) = self { date } else { nil } }
    public var time: Timestamp? { if case .time(let time) = self { time } else { nil } }
    public var isNull: Bool { if case .null = self { true } else { false } }
}

/// One thing that time was spent on: a project, a task, a client.
public struct Subject: Sendable, Equatable {
    /// The type in the unified model: `project`, `task`, `board_task`.
    public var type: String
    public var id: String?
    public var name: String?
    /// Said to be nothing: `"task": null`.
    public var isNull: Bool

    public init(type: String, id: String? = nil, name: String? = nil, isNull: Bool = false) {
        self.type = type
        self.id = id
        self.name = name
        self.isNull = isNull
    }

    var jsonObject: JSONObject {
        var object = JSONObject()
        if let id { object["id"] = .string(id) }
        if let name { object["name"] = .string(name) }
        return object
    }

    func write(to writer: inout JSONWriter) {
        if isNull {
            writer.null()
            return
        }
        writer.beginObject()
        if let id {
            writer.name("id")
            writer.string(id)
        }
        if let name {
            writer.name("name")
            writer.string(name)
        }
        writer.endObject()
    }
}

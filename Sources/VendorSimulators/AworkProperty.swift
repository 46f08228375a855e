/// A value in a filter of awork's.
enum AworkValue: Sendable, Equatable {
    case null
    case guid(String)
    /// Milliseconds since 1970; a local one is read as UTC.
    case dateTime(Int64)
    case flag(Bool)
    case number(Int64)
    case text(String)

    var kind: String {
        switch self {
        case .null: "null"
        case .guid: "a guid"
        case .dateTime: "a datetime"
        case .flag: "true or false"
        case .number: "a number"
        case .text: "a string"
        }
    }

    /// nil where the two have no order: of different kinds, or null.
    func isBelow(_ other: AworkValue) -> Bool? {
        switch (self, other) {
        case (.dateTime(let left), .dateTime(let right)), (.number(let left), .number(let right)): left < right
        case (.text(let left), .text(let right)), (.guid(let left), .guid(let right)): left < right
        case (.flag(let left), .flag(let right)): !left && right
        default: nil
        }
    }
}

/// The properties of an entry that can be filtered and ordered by here.
enum AworkProperty: String, Sendable {
    case id, userId, projectId, taskId, typeOfWorkId
    case startDateUtc, startDateLocal, createdOn, updatedOn
    case isBillable, isBilled, duration, note

    /// The vendor's pages write names with a small and with a capital first letter.
    init(named name: String) throws(AworkQueryError) {
        guard let property = AworkProperty(rawValue: name.prefix(1).lowercased() + name.dropFirst()) else {
            throw AworkQueryError(message: "\(name) is no property of a time entry that the simulator can filter by")
        }
        self = property
    }

    /// A value of the property's kind, to check literals against.
    var sample: AworkValue {
        switch self {
        case .id, .userId, .projectId, .taskId, .typeOfWorkId: .guid("")
        case .startDateUtc, .startDateLocal, .createdOn, .updatedOn: .dateTime(0)
        case .isBillable, .isBilled: .flag(false)
        case .duration: .number(0)
        case .note: .text("")
        }
    }

    /// The start's dates are midnights, as they are answered.
    func value(of entry: AworkEntry) -> AworkValue {
        switch self {
        case .id: .guid(entry.id)
        case .userId: .guid(entry.userID)
        case .projectId: entry.projectID.map(AworkValue.guid) ?? .null
        case .taskId: entry.taskID.map(AworkValue.guid) ?? .null
        case .typeOfWorkId: .guid(entry.typeOfWorkID)
        case .startDateUtc: .dateTime(entry.times.startDay(zone: .utc) * 1000)
        case .startDateLocal: .dateTime(entry.times.startDay(zone: entry.zone) * 1000)
        case .createdOn: .dateTime(entry.createdAt)
        case .updatedOn: .dateTime(entry.updatedAt)
        case .isBillable: .flag(entry.isBillable)
        case .isBilled: .flag(entry.isBilled)
        case .duration: .number(entry.times.duration)
        case .note: entry.note.map(AworkValue.text) ?? .null
        }
    }
}

/// What is wrong with a filter or an order.
struct AworkQueryError: Error {
    let message: String
}

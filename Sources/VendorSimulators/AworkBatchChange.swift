/// What a batch does to each of its entries.
enum AworkBatchChange: Sendable {
    case delete
    case setTypeOfWork(String)
    case setIsBillable(Bool)
    case setIsBilled(Bool)
    case setProject(String)
    case setTask(String)
    case setUser(String)

    /// The operations that the path can name.
    static let operations: Set<String> = [
        "delete", "setTypeOfWork", "setIsBillable", "setIsBilled", "setProject", "setTask", "setUser",
    ]

    /// nil where the operation is unknown, or its value is wrong, which `fields` then tells.
    init?(_ operation: String, _ fields: inout AworkFields) {
        func reference(_ name: String, _ make: (String) -> AworkBatchChange) -> AworkBatchChange? {
            fields.uuid(name, isRequired: true).map(make)
        }
        func flag(_ name: String, _ make: (Bool) -> AworkBatchChange) -> AworkBatchChange? {
            fields.requiredFlag(name).map(make)
        }
        let change: AworkBatchChange? =
            switch operation {
            case "delete": .delete
            case "setTypeOfWork": reference("newTypeOfWorkId", AworkBatchChange.setTypeOfWork)
            case "setIsBillable": flag("isBillable", AworkBatchChange.setIsBillable)
            case "setIsBilled": flag("isBilled", AworkBatchChange.setIsBilled)
            case "setProject": reference("newProjectId", AworkBatchChange.setProject)
            case "setTask": reference("newTaskId", AworkBatchChange.setTask)
            case "setUser": reference("newUserId", AworkBatchChange.setUser)
            default: nil
            }
        guard let change else { return nil }
        self = change
    }

    /// The id that has to exist.
    var reference: String? {
        switch self {
        case .setTypeOfWork(let id), .setProject(let id), .setTask(let id), .setUser(let id): id
        case .delete, .setIsBillable, .setIsBilled: nil
        }
    }

    /// The user who the entries are handed to.
    var newUser: String? {
        if case .setUser(let id) = self { id } else { nil }
    }

    func apply(to entry: inout AworkEntry) {
        switch self {
        case .delete: break
        case .setTypeOfWork(let id): entry.typeOfWorkID = id
        case .setIsBillable(let isBillable):
            entry.isBillable = isBillable
            if !isBillable { entry.isBilled = false }
        case .setIsBilled(let isBilled): entry.isBilled = isBilled
        case .setProject(let id): entry.setSubject(task: nil, project: id)
        case .setTask(let id): entry.setSubject(task: id, project: nil)
        case .setUser(let id): entry.userID = id
        }
    }
}

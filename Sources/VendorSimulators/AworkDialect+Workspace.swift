import JSON

/// What a client asks of the workspace: `GET /users/me`, `GET /timetracking/settings` and `GET /tasks/{id}`.
///
/// From the vendor's other pages: the members of a user and of a task that are answered here, which are some of many; the
/// two types of a setting with `enabled` and `dayCount`; a task's `baseType`, `private` or `projecttask`, its `assignees`
/// ("the list assigned users of this task, or empty"), the `projectId` of a project task, the `userId` of a private one.
///
/// Inferred: the settings come as an array, both switched off; a task is in the same project each time.
extension AworkDialect {
    func me() -> SimulatorAnswer {
        .json(200) { writer in
            writer.beginObject()
            writer.name("id")
            writer.string(configuration.ownUserID)
            writer.name("firstName")
            writer.string("Jane")
            writer.name("lastName")
            writer.string("Smith")
            writer.name("isExternal")
            writer.bool(false)
            writer.endObject()
        }
    }

    mutating func task(_ id: String) -> SimulatorAnswer {
        if let refusal = refusal(ofReferences: [id]) { return refusal }
        let owner = configuration.privateTasks[id]
        return .json(200) { writer in
            writer.beginObject()
            writer.name("id")
            writer.string(id)
            writer.name("name")
            writer.string("Task \(id.prefix(4))")
            writer.name("baseType")
            writer.string(owner == nil ? "projecttask" : "private")
            writer.name("projectId")
            if owner == nil { writer.string(Identifiers.uuid(kind: 0xA3B0_0002, number: 1)) } else { writer.null() }
            writer.name("userId")
            if let owner { writer.string(owner) } else { writer.null() }
            writer.name("assignees")
            writer.beginArray()
            for user in configuration.taskAssignees[id] ?? [] {
                writer.beginObject()
                writer.name("id")
                writer.string(user)
                writer.name("firstName")
                writer.string("User")
                writer.name("lastName")
                writer.string(String(user.prefix(4)))
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }

    func settings() -> SimulatorAnswer {
        .json(200) { writer in
            writer.beginArray()
            for type in ["prevent-on-done-projects", "allow-on-past-days"] {
                writer.beginObject()
                writer.name("type")
                writer.string(type)
                writer.name("enabled")
                writer.bool(false)
                writer.name("dayCount")
                writer.null()
                writer.endObject()
            }
            writer.endArray()
        }
    }
}

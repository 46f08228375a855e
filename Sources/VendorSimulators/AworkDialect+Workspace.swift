import JSON

/// What a client asks to see whether its token is good: `GET /users/me` and `GET /timetracking/settings`.
///
/// From the vendor's other pages: the members of a user that are answered here, which are some of many; the two types
/// of a setting with `enabled` and `dayCount`.
///
/// Inferred: the settings come as an array, both switched off.
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

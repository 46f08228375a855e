import JSON

/// A time entry as awork keeps it.
struct AworkEntry: Sendable {
    let id: String
    let number: Int
    var timezone: String
    var zone: TimeZoneRules
    var typeOfWorkID: String
    var userID: String
    var isBillable: Bool
    var isBilled: Bool
    private(set) var taskID: String?
    private(set) var projectID: String?
    var note: String?
    var times: AworkTimes
    /// In order; only the last one may be open.
    private(set) var breaks: [AworkBreak] = []
    /// Milliseconds since 1970.
    let createdAt: Int64
    private(set) var updatedAt: Int64
    /// .NET ticks of 100 ns since the year 1; the entry's number keeps two of one millisecond apart.
    private(set) var version: Int64

    init(
        id: String,
        number: Int,
        form: AworkForm,
        userID: String,
        times: AworkTimes,
        now: Int64
    ) {
        self.id = id
        self.number = number
        timezone = form.timezone
        zone = form.zone
        typeOfWorkID = form.typeOfWorkID
        self.userID = userID
        isBillable = form.isBillable ?? false
        isBilled = form.isBilled ?? false
        note = form.note
        self.times = times
        createdAt = now
        updatedAt = now
        version = Self.ticks(now) + Int64(number % 10_000)
        setSubject(task: form.taskID, project: form.projectID)
    }

    var isRunning: Bool { times.isRunning }
    var isPaused: Bool { isRunning && breaks.last.map { $0.end == nil } == true }

    /// Setting the task sets the project; a project alone has no task.
    mutating func setSubject(task: String?, project: String?) {
        taskID = task
        projectID = project ?? task.map(Self.project(ofTask:))
    }

    /// "Updated on every modification."
    mutating func touch(_ now: Int64) {
        updatedAt = now
        version = max(version + 1, Self.ticks(now))
    }

    mutating func pause(at seconds: Int64) {
        breaks.append(AworkBreak(start: max(seconds, times.startSeconds)))
    }

    mutating func resume(at seconds: Int64) {
        guard let open = breaks.indices.last, breaks[open].end == nil else { return }
        breaks[open].end = max(seconds, breaks[open].start)
    }

    mutating func stop(at seconds: Int64) {
        resume(at: seconds)
        times = times.stopped(at: seconds, breakSeconds: breakSeconds)
    }

    /// The finished breaks go, the time that they took becomes worked time.
    mutating func removeBreaks() {
        breaks.removeAll { $0.end != nil }
        if !isRunning { times = times.withoutBreaks }
    }

    /// Seconds of all finished breaks.
    var breakSeconds: Int64 { breaks.reduce(0) { $0 + $1.duration } }

    private static func ticks(_ epochMilliseconds: Int64) -> Int64 {
        epochMilliseconds * 10_000 + 621_355_968_000_000_000
    }

    /// The project that a task belongs to here: the same one for each task, and another id than the task's.
    private static func project(ofTask taskID: String) -> String {
        "a3040002" + taskID.dropFirst(8).lowercased()
    }

    /// Writes the members of the page's answer, in the page's order.
    ///
    /// - Parameter ownUserID: whose token created and changed the entry.
    func write(ownUserID: String, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("timezone")
        writer.string(timezone)
        writer.name("typeOfWorkId")
        writer.string(typeOfWorkID)
        writer.name("isBillable")
        writer.bool(isBillable)
        writer.name("isBilled")
        writer.bool(isBilled)
        writer.name("taskId")
        Self.write(taskID, to: &writer)
        writer.name("projectId")
        Self.write(projectID, to: &writer)
        writer.name("note")
        Self.write(note, to: &writer)
        times.write(zone: zone, breakSeconds: breakSeconds, to: &writer)
        writer.name("userId")
        writer.string(userID)
        writer.name("id")
        writer.string(id)
        writer.name("createdBy")
        writer.string(ownUserID)
        writer.name("createdOn")
        writer.string(InstantFormat.zulu(createdAt, milliseconds: true))
        writer.name("updatedBy")
        writer.string(ownUserID)
        writer.name("updatedOn")
        writer.string(InstantFormat.zulu(updatedAt, milliseconds: true))
        writer.name("typeOfWork")
        Self.writeReference(typeOfWorkID, [("name", "Development")], to: &writer)
        writer.name("user")
        Self.writeReference(userID, [("firstName", "Jane"), ("lastName", "Smith")], to: &writer)
        writer.name("task")
        Self.writeReference(taskID, [("name", "Sitemap")], to: &writer)
        writer.name("project")
        Self.writeReference(projectID, [("name", "Website Design and Implementation")], to: &writer)
        writer.name("breaks")
        writer.beginArray()
        for pause in breaks { pause.write(to: &writer) }
        writer.endArray()
        writer.name("resourceVersion")
        writer.integer(version)
        writer.name("isExternal")
        writer.bool(false)
        writer.endObject()
    }

    private static func write(_ text: String?, to writer: inout JSONWriter) {
        if let text { writer.string(text) } else { writer.null() }
    }

    private static func writeReference(
        _ id: String?,
        _ members: [(name: String, value: String)],
        to writer: inout JSONWriter
    ) {
        guard let id else {
            writer.null()
            return
        }
        writer.beginObject()
        writer.name("id")
        writer.string(id)
        for (name, value) in members {
            writer.name(name)
            writer.string(value)
        }
        writer.endObject()
    }
}

import ArgumentParser
import JSON

extension EntryFlags {
    /// The entry as JSON, or `nil` if no flag was given.
    func entry() throws(ValidationError) -> JSONObject? {
        var entry = JSONObject()
        if let date { entry["work_date"] = .string(date) }
        if let start { entry["started_at"] = .string(try instant(start, "--start")) }
        if let end { entry["ended_at"] = .string(try instant(end, "--end")) }
        if let timeZone { entry["time_zone"] = .string(timeZone) }
        if let duration { entry["duration"] = .string(duration) }
        if running { entry["timer_state"] = "running" }
        if let user { entry["user"] = ["id": .string(user)] }
        let subjects = try subjects()
        if !subjects.isEmpty { entry["subjects"] = .object(subjects) }
        var activity = JSONObject()
        if let activityID { activity["id"] = .string(activityID) }
        if let activityName { activity["name"] = .string(activityName) }
        if !activity.isEmpty { entry["activity"] = .object(activity) }
        if let title { entry["title"] = .string(title) }
        if let note { entry["note"] = .string(note) }
        if isBillable, isNotBillable { throw ValidationError("--billable and --not-billable contradict each other.") }
        if isBillable || isNotBillable { entry["billable"] = .bool(isBillable) }
        var fields = JSONObject()
        for text in vendorField { try put(text, into: &fields) }
        if !fields.isEmpty { entry["vendor_fields"] = .object(fields) }
        return entry.isEmpty ? nil : entry
    }

    /// `09:00` beside `--date` is that day's 09:00, and a time without its seconds is a full minute; everything else goes on as
    /// it is written.
    private func instant(_ text: String, _ flag: String) throws(ValidationError) -> String {
        if let t = text.firstIndex(where: { $0 == "T" || $0 == "t" }) {
            let clock = text[text.index(after: t)...]
            let time = clock.prefix { $0 != "+" && $0 != "-" && $0 != "Z" && $0 != "z" }
            let digits = time.split(separator: ":", omittingEmptySubsequences: false)
            if digits.count == 2, digits.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isASCIIDigit) }) {
                return text[..<time.endIndex] + ":00" + text[time.endIndex...]
            }
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isASCIIDigit) })
        else { return text }
        guard let date else {
            throw ValidationError("\(flag) \(text) has no day: give --date, or write 2026-11-20T\(text).")
        }
        return "\(date)T\(text)\(parts.count == 2 ? ":00" : "")"
    }

    private func subjects() throws(ValidationError) -> JSONObject {
        var subjects = JSONObject()
        let named = [
            ("project", project), ("task", task), ("service", service), ("client", client), ("booking", booking),
        ]
        for case (let type, let id?) in named { subjects[type] = ["id": .string(id)] }
        for text in subject {
            guard let (type, id) = pair(text) else {
                throw ValidationError("--subject \(text) must be type=id, such as case=42.")
            }
            if subjects[type] != nil { throw ValidationError("The subject \(type) is given twice.") }
            subjects[type] = ["id": .string(id)]
        }
        return subjects
    }

    private func put(_ text: String, into fields: inout JSONObject) throws(ValidationError) {
        guard let (path, json) = pair(text) else {
            throw ValidationError("--vendor-field \(text) must be path=json, such as owner.icon='\"star\"'.")
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: json)
        } catch {
            throw ValidationError(
                "--vendor-field \(path): \(json) is not JSON. A text needs quotes: \(path)='\"\(json)\"'."
            )
        }
        let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else {
            throw ValidationError("--vendor-field \(path) has an empty name in its path.")
        }
        guard place(value, names[...], in: &fields) else {
            throw ValidationError("--vendor-field \(path) is given twice, or stands inside a value that is given too.")
        }
    }

    private func place(_ value: JSONValue, _ names: ArraySlice<String>, in object: inout JSONObject) -> Bool {
        guard let name = names.first else { return false }
        if names.count == 1 {
            guard object[name] == nil else { return false }
            object[name] = value
            return true
        }
        guard object[name] == nil || object[name]?.object != nil else { return false }
        var inner = object[name]?.object ?? JSONObject()
        guard place(value, names.dropFirst(), in: &inner) else { return false }
        object[name] = .object(inner)
        return true
    }

    /// The two sides of the first `=`, neither of them empty.
    private func pair(_ text: String) -> (String, String)? {
        guard let sign = text.firstIndex(of: "=") else { return nil }
        let left = text[..<sign]
        let right = text[text.index(after: sign)...]
        return left.isEmpty || right.isEmpty ? nil : (String(left), String(right))
    }
}

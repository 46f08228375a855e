internal import JSON

/// The breaks of an entry one by one, as a caller writes them: each with `started_at` and `ended_at`, or `duration_seconds`.
///
/// What vendors hold is how long they are together. A list that nobody adds up would be booked as work.
struct BreakList {
    private(set) var faults: [FieldError] = []

    private static let names = ["started_at", "ended_at", "duration_seconds"]

    /// The seconds of all breaks; `nil` with faults.
    mutating func total(_ list: [JSONValue]) -> Int64? {
        var total: Int64 = 0
        for (index, element) in list.enumerated() {
            guard let seconds = length(element, "breaks[\(index)]") else { continue }
            let (sum, overflow) = total.addingReportingOverflow(seconds)
            if overflow {
                fault(.outOfRange, "breaks", "The breaks are longer than an entry can be.")
                return nil
            }
            total = sum
        }
        return faults.isEmpty ? total : nil
    }

    private mutating func length(_ element: JSONValue, _ path: String) -> Int64? {
        guard let object = element.object else {
            fault(.wrongType, path, "\(path) must be an object with started_at and ended_at, or duration_seconds.")
            return nil
        }
        for member in object where !BreakList.names.contains(member.key) {
            fault(
                .unknownMember,
                "\(path).\(member.key)",
                "A break has no member \(quotedForMessage(member.key))."
                    + Suggestion.sentence(for: member.key, among: BreakList.names)
            )
        }
        let start = time(object["started_at"], "\(path).started_at")
        let end = time(object["ended_at"], "\(path).ended_at")
        var given: Int64?
        if let value = object["duration_seconds"], !value.isNull {
            guard let seconds = value.int64, seconds >= 0 else {
                fault(
                    .wrongType,
                    "\(path).duration_seconds",
                    "\(path).duration_seconds must be whole seconds, 0 or more."
                )
                return nil
            }
            given = seconds
        }
        guard let start, let end else {
            // A fault of a time has been told.
            if given == nil, faults.isEmpty {
                fault(
                    .missingTime,
                    path,
                    "\(path) does not say how long the break was.",
                    hint: "Add started_at and ended_at, or duration_seconds."
                )
            }
            return given
        }
        let length = end.epochSeconds - start.epochSeconds
        if length < 0 {
            fault(.endBeforeStart, "\(path).ended_at", "\(path) ends at \(end), before it starts at \(start).")
            return nil
        }
        if let given, given != length {
            fault(
                .contradictingTimes,
                "\(path).duration_seconds",
                "\(path) is \(length) s long by its start and end, but duration_seconds says \(given)."
            )
            return nil
        }
        return length
    }

    private mutating func time(_ value: JSONValue?, _ path: String) -> Timestamp? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.string else {
            fault(.wrongType, path, "\(path) must be a time like \"2026-11-20T12:00:00+01:00\".")
            return nil
        }
        do throws(TimeTextError) {
            return try Timestamp.parse(text)
        } catch {
            fault(
                .invalidTime,
                path,
                "\(quotedForMessage(text)): \(error.message)",
                hint: LocalDateTime(text) == nil
                    ? nil : "Write the offset that is meant, or duration_seconds in place of start and end."
            )
            return nil
        }
    }

    private mutating func fault(_ code: ProblemCode, _ path: String, _ message: String, hint: String? = nil) {
        faults.append(FieldError(code, path, message, hint: hint))
    }
}

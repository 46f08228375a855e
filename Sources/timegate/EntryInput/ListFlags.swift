import ArgumentParser
import GatewayCore

/// The filters and sorts of a list in flags.
struct ListFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Days: \(DateWords.help).", valueName: "days")) var on: String?

    @Option(help: ArgumentHelp("The first day, in the same words.", valueName: "day")) var from: String?

    @Option(help: ArgumentHelp("The last day.", valueName: "day")) var to: String?

    @Option(help: "Whose entries: an id, or me.") var user: String?

    @Option(help: "On this project.") var project: String?

    @Option(help: "On this task.") var task: String?

    @Option(help: "On this service.") var service: String?

    @Option(help: ArgumentHelp("On this subject.", valueName: "type:id")) var subject: String?

    @Option(help: "draft, submitted, unapproved, approved, rejected.") var approval: String?

    @Option(help: "true or false.") var billable: String?

    @Option(help: "none, drafted or billed.") var billing: String?

    @Option(help: ArgumentHelp("Changed since this time.", valueName: "time")) var updatedSince: String?

    @Option(help: "With this text.") var search: String?

    // A descending sort begins with a dash.
    @Option(parsing: .unconditional, help: ArgumentHelp("Such as -work_date.", valueName: "member"))
    var sort: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A filter in the vendor's words: time[gt]=60.", valueName: "name=value")
    )
    var vendor: [String] = []

    func query(today: CivilDate) throws -> [(name: String, value: String)] {
        var query: [(name: String, value: String)] = []
        if on != nil, from != nil || to != nil { throw ValidationError("Give --on, or --from and --to.") }
        if let on {
            let days = try DateWords.reading(on, "--on", today)
            query += [("from", days.from.description), ("to", days.to.description)]
        }
        if let from { query.append(("from", try DateWords.reading(from, "--from", today).from.description)) }
        if let to { query.append(("to", try DateWords.reading(to, "--to", today).to.description)) }
        for (name, value) in [
            ("user", user), ("project", project), ("task", task), ("service", service), ("subject", subject),
            ("approval", approval), ("billable", billable), ("billing", billing), ("updated_since", updatedSince),
            ("search", search), ("sort", sort),
        ] {
            if let value { query.append((name, value)) }
        }
        for text in vendor {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError("--vendor \(text) must be name=value or name[operator]=value.")
            }
            let name = text[..<equals]
            let bracket = name.firstIndex(of: "[") ?? name.endIndex
            query.append(("vendor[\(name[..<bracket])]\(name[bracket...])", String(text[text.index(after: equals)...])))
        }
        return query
    }
}

extension DateWords {
    fileprivate static func reading(_ text: String, _ flag: String, _ today: CivilDate) throws -> DateWords {
        guard let days = DateWords(text, today: today) else {
            throw ValidationError("\(flag) \(text) is no day; it can be \(DateWords.help).")
        }
        return days
    }
}

import ArgumentParser

/// An entry said in flags. Only what is given becomes a member of the entry; the gateway does the checking.
struct EntryFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The project that the time was spent on.", valueName: "id"))
    var project: String?
    @Option(help: ArgumentHelp("A task that it was spent on.", valueName: "id"))
    var task: String?
    @Option(help: ArgumentHelp("A service that it was spent on.", valueName: "id"))
    var service: String?
    @Option(help: ArgumentHelp("A client that it was spent on.", valueName: "id"))
    var client: String?
    @Option(help: ArgumentHelp("A booking that it was spent on.", valueName: "id"))
    var booking: String?
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Anything else that it was spent on, by its type: case=42.", valueName: "type=id")
    )
    var subject: [String] = []
    @Option(help: ArgumentHelp("Whose time it is; without it, the caller's own identity.", valueName: "id"))
    var user: String?
    @Option(help: ArgumentHelp("The kind of work, by its id.", valueName: "id"))
    var activityID: String?
    @Option(help: ArgumentHelp("The kind of work, by its name.", valueName: "name"))
    var activityName: String?
    @Option(help: ArgumentHelp("The day: 2026-11-20.", valueName: "day"))
    var date: String?
    @Option(
        help: ArgumentHelp(
            "The start: 2026-11-20T09:00:00+01:00; without an offset with --time-zone; 09:00 with --date.",
            valueName: "time"
        )
    )
    var start: String?
    @Option(help: ArgumentHelp("The end, written like the start.", valueName: "time"))
    var end: String?
    @Option(help: ArgumentHelp("How long: 1h30m, 90m, 1:30, 1.5h.", valueName: "duration"))
    var duration: String?
    @Option(help: ArgumentHelp("The IANA time zone: Europe/Zagreb.", valueName: "zone"))
    var timeZone: String?
    @Flag(help: "Start a timer.")
    var running = false
    @Option(help: ArgumentHelp("A short name.", valueName: "text"))
    var title: String?
    @Option(help: ArgumentHelp("What was done.", valueName: "text"))
    var note: String?
    @Flag(name: .customLong("billable"), help: "The time can be billed.")
    var isBillable = false
    @Flag(name: .customLong("not-billable"), help: "The time cannot be billed.")
    var isNotBillable = false
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A field that only the vendor has, in its spelling, with a JSON value: owner.icon='\"star\"'.",
            valueName: "path=json"
        )
    )
    var vendorField: [String] = []
}

internal import GatewayCore

/// Whether the options of a field line mean something together.
extension ManifestReader {
    /// The converters that look at an option.
    private static let readers: [(option: String, converters: [String])] = [
        ("values", ["enum", "first_true"]), ("otherwise", ["enum", "first_true"]),
        ("any_case", ["enum", "typed_reference"]), ("types", ["typed_reference"]), ("type", ["resource"]),
        ("as_text", ["boolean", "seconds", "milliseconds", "hours"]), ("decimals", ["hours"]),
        ("separator", ["utc_datetime", "local_datetime", "text_list"]), ("day", ["local_time"]),
        ("fraction", ["rfc3339", "rfc3339_utc"]), ("offset", ["rfc3339", "rfc3339_utc"]),
        ("clock", ["local_time"]), ("kind", ["money"]), ("basis", ["money"]),
        ("currency", ["money"]), ("id", ["typed_reference", "resource"]),
        ("min", ["seconds", "milliseconds", "minutes", "hours", "duration_text", "integer"]),
        ("max", ["seconds", "milliseconds", "minutes", "hours", "duration_text", "integer"]),
        ("max_length", ["text", "html", "id", "uuid", "time_zone"]), ("joins", ["text", "html"]),
    ]

    mutating func checkOptions(_ field: FieldLine, _ converter: String, _ line: Definition, _ place: Int) {
        for (option, converters) in ManifestReader.readers where line[option] != nil && !converters.contains(converter)
        {
            fieldFault(
                place,
                "\(line.path).\(option) is for \(converters.joined(separator: ", ")), and this line is \(converter): it would do "
                    + "nothing.",
                hint: "Take \(option) away, or write another converter."
            )
        }
        if let least = field.minimum, let most = field.maximum, least > most {
            fieldFault(
                place,
                "\(line.path) takes \(least) or more and \(most) or less: nothing is both.",
                hint: "Write min = \(most), max = \(least), if that is what is meant."
            )
        }
        if let length = field.maximumLength, length < 1 {
            fieldFault(
                place,
                "\(line.path).max_length is \(length): no text would do.",
                hint: "Write the most characters."
            )
        }
        guard case .constant = field.target else { return }
        if field.scope == .answer || !field.isWritten {
            fieldFault(
                place,
                "\(line.path) is a constant that is never written: a constant means nothing in an answer.",
                hint: "Take only and written away, or the line."
            )
        }
        for option in ["required", "fallback", "also", "null", "absent", "first"] where line[option] != nil {
            fieldFault(
                place,
                "\(line.path).\(option) does nothing for a constant: it is written as it is.",
                hint: "Take \(option) away."
            )
        }
    }
}

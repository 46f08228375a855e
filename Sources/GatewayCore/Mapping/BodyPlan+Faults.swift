/// What a field table refuses before anything is sent.
extension BodyPlan.Line {
    /// Why a vendor does not take a value, where it is beyond the field's limits.
    func limitFault(_ value: Value, at title: String) -> FieldError? {
        guard hasLimits else { return nil }
        if case .integer(let number) = value {
            if let minimum = field.minimum, number < minimum {
                return FieldError(
                    .outOfRange,
                    path,
                    "\(path) is \(number); \(title) takes \(minimum) or more." + (field.why.map { " \($0)" } ?? ""),
                    vendorField: vendorField
                )
            }
            if let maximum = field.maximum, number > maximum {
                return FieldError(
                    .outOfRange,
                    path,
                    "\(path) is \(number); \(title) takes \(maximum) or less.",
                    vendorField: vendorField
                )
            }
        }
        if case .string(let text) = value, let maximum = field.maximumLength, text.unicodeScalars.count > maximum {
            return FieldError(
                .outOfRange,
                path,
                "\(path) has \(text.unicodeScalars.count) characters; \(title) takes \(maximum).",
                vendorField: vendorField
            )
        }
        return nil
    }
}

extension FieldLine {
    /// That the vendor needs the field and has no value for it.
    func missing(at title: String) -> FieldError {
        let sources = fallbacks.isEmpty ? "" : " (or \(fallbacks.map(\.text).joined(separator: ", ")))"
        return FieldError(
            .required,
            target.path,
            "\(title) needs \(target.path)\(sources)." + (why.map { " \($0)" } ?? ""),
            vendorField: vendorField
        )
    }
}

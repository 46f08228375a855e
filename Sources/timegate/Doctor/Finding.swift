import JSON

/// One thing that a look at a configuration and its accounts has found, with what to do about it.
struct Finding {
    enum Severity: String { case error, warning, ok }

    var severity: Severity
    /// What programs branch on: a problem's code, or a word of the configuration's own.
    var code: String
    /// What it is about: a connection, `key jane`, `timegate.yaml:12`, `plugin acme`.
    var subject: String
    var message: String
    /// The one thing to do; `nil` where there is nothing to do.
    var remedy: String?
    /// How the command ends because of it.
    var exit = ExitStatus.done

    static func ok(_ subject: String, _ message: String) -> Finding {
        Finding(severity: .ok, code: "ok", subject: subject, message: message)
    }

    static func warning(_ code: String, _ subject: String, _ message: String, _ remedy: String?) -> Finding {
        Finding(severity: .warning, code: code, subject: subject, message: message, remedy: remedy)
    }

    static func error(
        _ code: String,
        _ subject: String,
        _ message: String,
        _ remedy: String?,
        _ exit: ExitStatus
    ) -> Finding {
        Finding(severity: .error, code: code, subject: subject, message: message, remedy: remedy, exit: exit)
    }

    var json: JSONValue {
        var object: JSONObject = [
            "severity": .string(severity.rawValue), "code": .string(code), "subject": .string(subject),
            "message": .string(message),
        ]
        if let remedy { object["remedy"] = .string(remedy) }
        return .object(object)
    }
}

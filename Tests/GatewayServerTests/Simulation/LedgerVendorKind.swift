import GatewayCore
import JSON

/// What a vendor offers against doubles, and what its plugin says of that.
enum LedgerVendorKind: String, CaseIterable, Sendable {
    /// Removes doubles by a key, and can be read.
    case keyed
    /// Removes doubles by a key for a few minutes only.
    case forgetful
    /// Says that it removes doubles by a key, and does so at times only; can be read.
    case faithless
    /// Has no keys; its list shows every entry at once, and its plugin says so.
    case listed
    /// Has no keys; its list shows entries late.
    case late
    /// Has no keys, and cannot be asked for an entry.
    case mute
    /// As `listed`, with a plugin whose functions look at entries and answers, and fail at times.
    case scripted

    var knowsKeys: Bool { self == .keyed || self == .forgetful || self == .faithless }

    /// Seconds for which a key is recognised.
    var keyWindow: Int { self == .forgetful ? 300 : 86_400 }

    func vendor(_ sabotage: Sabotage) throws -> Vendor {
        var create = OperationRule(method: "POST", path: "/entries", success: [201])
        if knowsKeys || (sabotage == .idleVendorKey && self == .listed) {
            create.idempotencyHeader = "Idempotency-Key"
            create.idempotencyWindow = keyWindow
        }
        var delete = OperationRule(method: "DELETE", path: "/entries/{id}", success: [204])
        delete.isIdempotent = self != .mute
        delete.answersEntry = false
        var approve = OperationRule(method: "POST", path: "/entries/{id}/approve", success: [200])
        approve.refusedWhen = FieldLine.Condition(member: .approvalState, value: "approved")
        var list = OperationRule(method: "GET", path: "/entries", success: [200])
        list.entriesPath = ["data"]
        var rule = ListRule()
        rule.filters = [
            FilterRule(name: "user", parameter: "person", format: .id),
            FilterRule(name: "from", parameter: "from", format: .date),
            FilterRule(name: "to", parameter: "to", format: .date),
        ]
        list.list = rule

        var manifest = PluginManifest(
            id: rawValue,
            title: "Acme (\(rawValue))",
            docs: "https://acme.example/docs",
            origin: "https://\(rawValue).acme.example",
            times: TimeRules(accepts: [.dateDuration]),
            fields: LedgerVendorKind.fields,
            operations: [
                .create: create, .list: list, .delete: delete, .approve: approve,
                .get: OperationRule(method: "GET", path: "/entries/{id}", success: [200]),
                .update: OperationRule(method: "PATCH", path: "/entries/{id}", success: [200]),
                .replace: OperationRule(method: "PUT", path: "/entries/{id}", success: [200]),
            ],
            errors: ErrorRules(),
            file: "plugins/\(rawValue)/plugin.lua"
        )
        manifest.errors.messages = [["message"]]
        if self != .mute, !(sabotage == .blindTrust && self == .faithless) {
            manifest.reconcile = ReconcileRule(
                filters: ["user", "from", "to"],
                isConsistent: self != .late || sabotage == .promisedLists
            )
        }
        if self == .scripted { manifest.functions = [.validate, .fromVendor, .problem] }
        return try Vendor(manifest)
    }

    private static let fields: [FieldLine] = [
        line("project_id", .subject(type: "project", part: .id), .identifier) { $0.required = [.create] },
        line("person_id", .member(.userID), .identifier),
        line("day", .member(.workDate), .date),
        line("minutes", .member(.durationSeconds), .minutes),
        line("text", .member(.note), .text),
        line("id", .member(.id), .identifier) { $0.scope = .answer },
        line("made", .member(.createdAt), .rfc3339) { $0.scope = .answer },
        line(
            "state",
            .member(.approvalState),
            .enumeration(
                Converter.Enumeration(values: [
                    .init(vendor: "open", unified: .string("none")),
                    .init(vendor: "approved", unified: .string("approved")),
                ])
            )
        ) { $0.scope = .answer },
    ]

    private static func line(
        _ path: String,
        _ target: FieldTarget,
        _ converter: Converter,
        _ change: (inout FieldLine) -> Void = { _ in }
    ) -> FieldLine {
        var line = FieldLine(paths: [VendorPath(path)!], target: target, converter: converter)
        change(&line)
        return line
    }
}

public import JSON

/// What can be done through a connection, made from the tables that calls are checked against: a program reads it to
/// know, before it sends anything, what will be taken, converted, lost or refused.
public struct Capabilities: Sendable {
    private let vendor: Vendor
    private let connection: Connection

    public init(_ vendor: Vendor, _ connection: Connection) {
        self.vendor = vendor
        self.connection = connection
    }

    /// The members that capabilities have, without the name and the state of the connection.
    public var json: JSONObject {
        let manifest = vendor.manifest
        var object = JSONObject()
        object["vendor"] = .string(manifest.id)
        object["title"] = .string(manifest.title)
        object["docs"] = .string(manifest.docs)
        var handling: JSONObject = ["mode": connection.handling.isLenient ? "lenient" : "strict"]
        if let rounding = connection.handling.rounding { handling["rounding"] = .string(rounding.rawValue) }
        object["handling"] = .object(handling)
        if let zone = connection.zone { object["time_zone"] = .string(zone.name) }
        object["operations"] = operations
        object["times"] = [
            "accepts": texts(manifest.times.accepts.map(\.rawValue)),
            "starts_timer": .bool(manifest.times.running != nil),
        ]
        object["user"] = ["settable": .bool(manifest.impliedUserSetting == nil)]
        object["subjects"] = texts(unique(vendor.requests.subjectTypes))
        object["fields"] = .array(manifest.fields.filter { $0.target.member != nil }.map { field($0) })
        if let list = manifest.operations[.list]?.list { object["list"] = lists(list) }
        object["limits"] = limits
        object["idempotency"] = idempotency
        object["native"] = native
        object["functions"] = texts(manifest.functions.map(\.rawValue).sorted())
        return object
    }

    // MARK: - Operations

    private var operations: JSONValue {
        var object = JSONObject()
        for operation in Operation.allCases {
            guard let rule = vendor.manifest.operations[operation] else { continue }
            var line = JSONObject()
            line["scope"] = .string(operation.scope.rawValue)
            if operation == .update { line["replaces_whole_entry"] = .bool(rule.isFullReplacement) }
            if Operation.actions.contains(operation) { line["takes_reason"] = .bool(rule.reasonPath != nil) }
            if let condition = rule.refusedWhen { line["refused_when"] = state(condition) }
            if let condition = rule.onlyWhen { line["only_when"] = state(condition) }
            if !operation.isRead, operation != .delete { line["answers"] = .string(rule.completeness.rawValue) }
            object[operation.rawValue] = .object(line)
        }
        return .object(object)
    }

    private func state(_ condition: FieldLine.Condition) -> JSONValue {
        [condition.member.path: .string(condition.value)]
    }

    /// The rate windows that the gateway keeps for this connection.
    private var limits: JSONValue {
        let windows = connection.rateWindows(vendor.manifest.limits)
        return .array(
            windows.map {
                ["requests": .integer(Int64($0.requests)), "per_seconds": .integer(Int64($0.seconds))]
            }
        )
    }

    private var idempotency: JSONValue {
        let hasKeys = vendor.manifest.operations[.create]?.idempotencyHeader != nil
        return [
            "class": hasKeys ? "exactly_once" : vendor.manifest.isReconciled ? "reconciled" : "at_most_once",
            "why": .string(
                hasKeys
                    ? "\(vendor.title) takes a key with a create, and records it once."
                    : "\(vendor.title) has no keys: a create whose outcome is not known is not sent again, and "
                        + (vendor.manifest.isReconciled
                            ? "is looked for at the vendor." : "a person has to look for it.")
            ),
        ]
    }

    /// What can be done for clients that speak the vendor's own dialect: through the proxy, and in front of another
    /// vendor's account.
    private var native: JSONValue {
        var object: JSONObject = [
            "reads_requests": .bool(vendor.nativeReadingFault == nil),
            "writes_answers": .bool(vendor.nativeWritingFault == nil),
        ]
        let faults = [vendor.nativeReadingFault, vendor.nativeWritingFault].compactMap { $0 }
        if !faults.isEmpty { object["why"] = .string(faults.joined(separator: " ")) }
        return .object(object)
    }

    /// Whether the field of a native client's request is read, and written back where a hook changed it.
    private func proxyAccess(_ field: FieldLine) -> String {
        guard field.scope != .answer, vendor.nativeReadingFault == nil else { return "none" }
        return field.converter.isReversible ? "read_write" : "read"
    }

    // MARK: - Fields

    private func field(_ field: FieldLine) -> JSONValue {
        var object = JSONObject()
        object["field"] = .string(field.target.path)
        object["vendor_field"] = .string(field.vendorField)
        object["access"] = .string(access(field))
        object["as"] = .string(field.converter.contractName)
        object["proxy"] = .string(proxyAccess(field))
        if access(field) != "read", let loss = lossClass(field) { object["loss"] = .string(loss.rawValue) }
        let demanding = demanding(field)
        if !demanding.isEmpty { object["required"] = texts(demanding.map(\.rawValue).sorted()) }
        if let operations = field.operations { object["operations"] = texts(operations.map(\.rawValue).sorted()) }
        if let forms = field.forms { object["forms"] = texts(forms.map(\.rawValue).sorted()) }
        if case .enumeration(let values) = field.converter {
            object["values"] = texts(
                unique(values.values.map { $0.unified.string ?? $0.unified.json.serialized(.compact) })
            )
        }
        if access(field) != "read" { object["null"] = .string(field.null.rawValue) }
        if let minimum = field.minimum { object["minimum"] = .integer(minimum) }
        if let maximum = field.maximum { object["maximum"] = .integer(maximum) }
        if let length = field.maximumLength { object["maximum_length"] = .integer(Int64(length)) }
        if !field.joins.isEmpty { object["takes_in"] = texts(field.joins.map(\.path)) }
        if let why = field.why { object["why"] = .string(why) }
        return .object(object)
    }

    /// The operations in which a caller has to give the member: those with a whole entry. A change names what changes, and
    /// the rest is read.
    private func demanding(_ field: FieldLine) -> [Operation] {
        guard field.scope != .answer else { return [] }
        return [.create, .replace].filter { operation in
            field.required.contains(operation) && vendor.manifest.operations[operation] != nil
                && field.operations?.contains(operation) ?? true
        }
    }

    private func access(_ field: FieldLine) -> String {
        switch (field.scope, field.isWritten) {
        case (.both, true): "read_write"
        case (.request, true): "write"
        default: "read"
        }
    }

    private func lossClass(_ field: FieldLine) -> LossClass? {
        switch field.target {
        case .member(let member): member.lossClass
        case .subject, .anySubject: Member.subjects.lossClass
        case .externalRef, .customField, .keep: .value
        case .money, .constant: nil
        }
    }

    // MARK: - Lists

    private func lists(_ list: ListRule) -> JSONValue {
        var object = JSONObject()
        var filters: [JSONValue] = list.filters.map { rule in
            var line: JSONObject = ["name": .string(rule.name), "kind": .string(rule.format.name)]
            if !FilterRule.names.contains(rule.name) { line["subject"] = true }
            if case .values(let pairs) = rule.format { line["values"] = texts(pairs.map(\.unified)) }
            if rule.isPrivileged { line["privileged"] = true }
            if rule.isInPath { line["required"] = true }
            return .object(line)
        }
        if vendor.manifest.operations[.list]?.path.contains("{subject.type}") == true {
            filters.append([
                "name": "subject", "kind": "id", "required": true, "types": texts(unique(vendor.requests.subjectTypes)),
            ])
        }
        object["filters"] = .array(filters)
        if let vendorFilters = list.vendorFilters {
            object["vendor_filters"] = .array(vendorFilters.filters.map { vendorFilter($0) })
            object["operators"] = texts(vendorFilters.operators)
        }
        object["sorts"] = texts(list.sorts.map(\.member))
        if let sort = list.defaultSort { object["default_sort"] = .string(sort) }
        object["limit"] = ["default": .integer(Int64(ListQuery.defaultLimit)), "maximum": .integer(1000)]
        switch list.paging?.style {
        case .cursor?:
            object["paging"] = "cursor"
            object["stable"] = true
        case .page?:
            object["paging"] = "page"
            // A page number counts from the start: what is added or taken away before it moves the rest.
            object["stable"] = false
        case nil: object["paging"] = "none"
        }
        if let paging = list.paging { object["vendor_page_maximum"] = .integer(Int64(paging.maximumSize)) }
        return .object(object)
    }

    private func vendorFilter(_ filter: ListRule.VendorFilter) -> JSONValue {
        var line: JSONObject = ["name": .string(filter.name), "kind": .string(filter.format.name)]
        if filter.takesSeveral { line["several"] = true }
        if case .values(let pairs) = filter.format {
            line["values"] = texts(pairs.map(\.vendor))
            line["meanings"] = .object(pairs.reduce(into: JSONObject()) { $0[$1.vendor] = .string($1.unified) })
        }
        return .object(line)
    }

    private func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }

    private func unique(_ list: [String]) -> [String] {
        var seen: Set<String> = []
        return list.filter { seen.insert($0).inserted }
    }
}

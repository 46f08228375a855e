internal import GatewayCore
internal import JSON
internal import LuaRuntime

/// The call as scripts are told of it. What is the same in one call after the other is written once.
///
/// Belongs to one event loop.
final class ScriptCallForm {
    /// What decides everything that calls have in common.
    private struct Kind: Equatable {
        let connection: UInt64
        let caller: UInt64
        let operation: Operation
        let handling: Handling
        let isPlan: Bool

        init(_ call: ScriptCall) {
            connection = call.connection.number
            caller = call.caller.number
            operation = call.operation
            handling = call.handling
            isPlan = call.isPlan
        }
    }

    private static let maximum = 32
    private let isForHooks: Bool
    private var known: [(kind: Kind, base: LuaObjectBase)] = []
    private var last = 0
    private var oldest = 0
    /// The time that was written last: many calls come in one second.
    private var now: (time: Timestamp, text: [UInt8])?

    /// - Parameter isForHooks: for an operator's hook, which is told of calls to any vendor, dry ones too.
    init(isForHooks: Bool) {
        self.isForHooks = isForHooks
    }

    /// - Parameter settings: always the same ones for the same connection.
    func write(_ call: ScriptCall, _ settings: Settings, to writer: inout LuaMessageWriter) {
        writer.beginObject(on: base(call, settings))
        writer.name("id")
        writer.string(call.id)
        writer.name("now")
        text(of: call.now).withUnsafeBufferPointer { writer.string(utf8: $0) }
        if isForHooks, let id = call.entryID {
            writer.name("entry_id")
            writer.string(id)
        }
        if isForHooks, let result = call.result {
            writer.name("result")
            writer.result(result)
        }
        if let key = call.key {
            writer.name("key")
            writer.string(key)
        }
        if let sentAt = call.sentAt {
            writer.name("sent_at")
            writer.string(sentAt.description)
        }
        if let before = call.before {
            writer.name("before")
            writer.json(before)
        }
        writer.endObject()
    }

    private func text(of time: Timestamp) -> [UInt8] {
        if let now, now.time.isWritten(like: time) { return now.text }
        var text: [UInt8] = []
        time.append(to: &text)
        now = (time, text)
        return text
    }

    private func base(_ call: ScriptCall, _ settings: Settings) -> LuaObjectBase {
        let kind = Kind(call)
        if last < known.count, known[last].kind == kind { return known[last].base }
        if let index = known.firstIndex(where: { $0.kind == kind }) {
            last = index
            return known[index].base
        }
        let isForHooks = isForHooks
        let base = LuaObjectBase { writer in
            writer.beginObject()
            writer.common(call, settings)
            if isForHooks { writer.commonForHooks(call) }
            writer.endObject()
        }
        if known.count < ScriptCallForm.maximum {
            last = known.count
            known.append((kind, base))
        } else {
            known[oldest] = (kind, base)
            last = oldest
            oldest = (oldest + 1) % ScriptCallForm.maximum
        }
        return base
    }
}

extension LuaMessageWriter {
    /// Sets are tables with `true`, so that asking is an index.
    fileprivate mutating func common(_ call: ScriptCall, _ settings: Settings) {
        name("operation")
        string(call.operation.rawValue)
        name("connection")
        string(call.connection.name)
        name("settings")
        json(.object(settings.values))
        name("log")
        builtin("log")
        name("get")
        hostFunction("call.get")
        name("handling")
        beginObject()
        name("lenient")
        bool(call.handling.isLenient)
        if let rounding = call.handling.rounding {
            name("rounding")
            string(rounding.rawValue)
        }
        endObject()
        name("caller")
        beginObject()
        name("name")
        string(call.caller.name)
        name("scopes")
        set(call.caller.scopes.map(\.rawValue).sorted())
        if let identity = call.identity { self.identity(identity) }
        endObject()
    }

    fileprivate mutating func commonForHooks(_ call: ScriptCall) {
        name("vendor")
        string(call.connection.vendor)
        name("dry_run")
        bool(call.isPlan)
    }

    fileprivate mutating func result(_ result: ScriptResult) {
        beginObject()
        name("outcome")
        string(result.outcome)
        if let code = result.code {
            name("code")
            string(code)
        }
        if let id = result.entryID {
            name("entry_id")
            string(id)
        }
        name("milliseconds")
        integer(result.milliseconds)
        endObject()
    }

    private mutating func identity(_ identity: Identity) {
        name("identity")
        beginObject()
        if let userID = identity.userID {
            name("user_id")
            string(userID)
        }
        name("roles")
        set(identity.roles)
        name("permissions")
        beginObject()
        for permission in identity.permissions {
            name(text: permission.feature)
            string(permission.level)
        }
        endObject()
        name("tasks")
        set(identity.tasks)
        endObject()
    }

    private mutating func set(_ names: [String]) {
        beginObject()
        for text in names {
            name(text: text)
            bool(true)
        }
        endObject()
    }
}

import ArgumentParser
import GatewayCore
import JSON

/// What a vendor does with an entry beside changing it: on one, or on several with an outcome for each.
protocol EntryAction: AsyncParsableCommand {
    static var action: GatewayCore.Operation { get }
    var ids: [String] { get }
    var reason: String? { get }
    var options: EntryOptions { get }
    var key: KeyOption { get }
}

extension EntryAction {
    func run() async throws {
        var body = JSONObject()
        if let reason { body["reason"] = .string(reason) }
        let name = Self.action.rawValue
        if ids.count == 1 {
            var order = APIOrder(method: "POST", connection: options.connection, segments: [ids[0], name])
            order.body = JSONValue.object(body).serializedBytes()
            order.headers = key.headers
            return try await options.finish(order, done: "Done (\(name)):")
        }
        try await options.finish(onSeveral: ids, name, body, key)
    }
}

extension EntryOptions {
    /// Does the same to several entries, and shows what became of each.
    func finish(onSeveral ids: [String], _ action: String, _ body: JSONObject, _ key: KeyOption) async throws {
        var body = body
        body["ids"] = .array(ids.map { .string($0) })
        var order = APIOrder(method: "POST", connection: connection, segments: ["actions", action])
        order.body = JSONValue.object(body).serializedBytes()
        order.headers = key.headers
        BrokenPipes.ignore()
        let answer = try await patiently(order)
        let exit = EntryPrinter(format: output, connection: connection, done: "Done (\(action)):").printItems(answer)
        guard exit == .done else { throw exit.exit }
    }
}

struct EntryApproveCommand: EntryAction {
    static let action = GatewayCore.Operation.approve
    static let configuration = CommandConfiguration(commandName: "approve", abstract: "Approve entries.")
    @Argument(help: "Identifiers of entries.") var ids: [String]
    @OptionGroup var options: EntryOptions
    @Option(help: "Why, where the vendor takes a reason.") var reason: String?
    @OptionGroup var key: KeyOption
}

struct EntryUnapproveCommand: EntryAction {
    static let action = GatewayCore.Operation.unapprove
    static let configuration = CommandConfiguration(commandName: "unapprove", abstract: "Take an approval back.")
    @Argument(help: "Identifiers of entries.") var ids: [String]
    @OptionGroup var options: EntryOptions
    @Option(help: "Why, where the vendor takes a reason.") var reason: String?
    @OptionGroup var key: KeyOption
}

struct EntryRejectCommand: EntryAction {
    static let action = GatewayCore.Operation.reject
    static let configuration = CommandConfiguration(commandName: "reject", abstract: "Reject entries.")
    @Argument(help: "Identifiers of entries.") var ids: [String]
    @OptionGroup var options: EntryOptions
    @Option(help: "Why, where the vendor takes a reason.") var reason: String?
    @OptionGroup var key: KeyOption
}

struct EntryUnrejectCommand: EntryAction {
    static let action = GatewayCore.Operation.unreject
    static let configuration = CommandConfiguration(commandName: "unreject", abstract: "Take a rejection back.")
    @Argument(help: "Identifiers of entries.") var ids: [String]
    @OptionGroup var options: EntryOptions
    @Option(help: "Why, where the vendor takes a reason.") var reason: String?
    @OptionGroup var key: KeyOption
}

struct EntryStartCommand: EntryAction {
    static let action = GatewayCore.Operation.start
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start an entry's timer.")
    @Argument(help: "Identifiers of entries.") var ids: [String]
    @OptionGroup var options: EntryOptions
    @Option(help: "Why, where the vendor takes a reason.") var reason: String?
    @OptionGroup var key: KeyOption
}

struct EntryStopCommand: EntryAction {
    static let action = GatewayCore.Operation.stop
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop an entry's timer.")
    @Argument(help: "Identifiers of entries.") var ids: [String]
    @OptionGroup var options: EntryOptions
    @Option(help: "Why, where the vendor takes a reason.") var reason: String?
    @OptionGroup var key: KeyOption
}

struct EntryPauseCommand: EntryAction {
    static let action = GatewayCore.Operation.pause
    static let configuration = CommandConfiguration(commandName: "pause", abstract: "Pause an entry's timer.")
    @Argument(help: "Identifiers of entries.") var ids: [String]
    @OptionGroup var options: EntryOptions
    @Option(help: "Why, where the vendor takes a reason.") var reason: String?
    @OptionGroup var key: KeyOption
}

struct EntryResumeCommand: EntryAction {
    static let action = GatewayCore.Operation.resume
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a paused timer run on.")
    @Argument(help: "Identifiers of entries.") var ids: [String]
    @OptionGroup var options: EntryOptions
    @Option(help: "Why, where the vendor takes a reason.") var reason: String?
    @OptionGroup var key: KeyOption
}

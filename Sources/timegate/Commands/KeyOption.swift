import ArgumentParser

/// `--idempotency-key`, for every command that makes one request that writes.
struct KeyOption: ParsableArguments {
    @Option(help: ArgumentHelp("A UUID or ULID under which it is done once only.", valueName: "key"))
    var idempotencyKey: String?

    var headers: [(name: String, value: String)] { idempotencyKey.map { [("Idempotency-Key", $0)] } ?? [] }
}

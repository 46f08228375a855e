/// A value with many parts that is handed on as one reference, and never changes.
final class Shared<Value: Sendable>: Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }

    /// Another place with a value that differs in something.
    func changed(_ change: (inout Value) -> Void) -> Shared {
        var changed = value
        change(&changed)
        return Shared(changed)
    }
}

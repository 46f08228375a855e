/// What became of a function of a script that may wait for what it reads (`call.get`).
///
/// Most do not wait, and then nothing is paid of what waiting takes.
public enum ScriptRun<Value> {
    case ended(Value)
    /// It waits: the closure answers what it looks up, until it has ended.
    case waits((LookUps?) async throws(Problem) -> Value)
}

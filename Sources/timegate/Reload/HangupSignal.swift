import Dispatch
import Glibc

/// SIGHUP, which asks a service to read its configuration anew.
final class HangupSignal: Sendable {
    /// Kept for the lifetime of this object. Set in `init` and never touched again, so that it can be shared.
    nonisolated(unsafe) private let source: any DispatchSourceSignal

    /// Takes the signal over from now on.
    init(_ arrived: @escaping @Sendable () -> Void) {
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "timegate.hangup"))
        source.setEventHandler(handler: arrived)
        source.activate()
    }
}

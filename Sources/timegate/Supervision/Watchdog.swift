import Dispatch
import Glibc
import PluginHost

/// A thread of a worker that ends it when a script overstays its hard limit, or when its supervisor is gone.
struct Watchdog {
    /// What a worker ends with that a script has brought to this.
    static let exitStatus: Int32 = 86
    /// Milliseconds for answers that are under way to be stored.
    static let lastMilliseconds: UInt32 = 500

    let watch: ScriptWatch
    let limitMilliseconds: Int
    /// To the supervisor; it reads the end of it once the supervisor is gone.
    let control: Int32
    let words: Output

    func start() {
        let queue = DispatchQueue(label: "timegate.watchdog")
        queue.async { run() }
    }

    private func run() {
        let interval = UInt32(max(1, min(50, limitMilliseconds / 20)))
        while true {
            usleep(interval * 1_000)
            if isSupervisorGone { _exit(ExitStatus.fault.rawValue) }
            guard let overrun = watch.overrun(milliseconds: limitMilliseconds) else { continue }
            let quarantine = Quarantine(overrun)
            words.line("Watchdog: \(quarantine.reason)")
            let line = Array("\(quarantine.line)\n".utf8)
            _ = send(control, line, line.count, Int32(MSG_NOSIGNAL))
            usleep(Self.lastMilliseconds * 1_000)
            _exit(Self.exitStatus)
        }
    }

    private var isSupervisorGone: Bool {
        var byte: UInt8 = 0
        return recv(control, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK)) == 0
    }
}

import Foundation

/// `strace` as a means to make system calls fail, or to end a process in one of them.
enum Strace {
    /// - Parameter injection: in the words of strace(1): `fdatasync:error=EIO:when=2+`.
    static func command(_ injection: String...) -> [String] {
        let calls = injection.map { $0.prefix { $0 != ":" } }.joined(separator: ",")
        return ["/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(calls)"]
            + injection.flatMap { ["-e", "inject=\($0)"] } + ["--"]
    }

    static let reason = "strace is not installed, or may not trace here"

    /// Whether it is there, and the system lets it trace: containers often do not.
    static let isUsable: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
        process.arguments = ["-qq", "-o", "/dev/null", "-e", "trace=none", "/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}

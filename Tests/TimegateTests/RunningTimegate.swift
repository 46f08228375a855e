import Foundation

/// A command that stays up: `serve`, `simulate`, `demo`.
final class RunningTimegate: @unchecked Sendable {
    struct DidNotStart: Error, CustomStringConvertible {
        let description: String
    }

    // Unchecked: used by one test at a time.
    private let process = ChildProcess()
    private let files: Scratch

    private init() throws {
        files = try Scratch()
    }

    var output: String { files.read("output") }
    var words: String { files.read("words") }
    var processIdentifier: Int32 { process.processIdentifier }

    /// Starts it, and returns once standard output or error holds `sign`.
    ///
    /// - Parameter wrapper: a command that runs it, such as `strace`, by its path.
    static func start(
        _ arguments: [String],
        until sign: String,
        under wrapper: [String] = [],
        environment: [String: String] = [:],
        in directory: String? = nil
    ) async throws -> RunningTimegate {
        let running = try RunningTimegate()
        let command = wrapper + [TimegateBinary.path] + arguments
        running.process.command = command
        running.process.environment = TimegateBinary.environment(environment)
        running.process.directory = directory
        running.process.output = try running.files.handle("output")
        running.process.words = try running.files.handle("words")
        running.process.input = FileHandle.nullDevice
        try running.process.run()
        let isUp = try await running.wait { $0.output.contains(sign) || $0.words.contains(sign) }
        guard isUp else {
            let words = running.words
            _ = await running.stop()
            throw DidNotStart(description: "\(arguments) did not say \"\(sign)\": \(words)")
        }
        return running
    }

    /// Whether a condition came true within 20 s and while the process ran.
    func wait(for condition: (RunningTimegate) -> Bool) async throws -> Bool {
        for _ in 0..<2000 {
            if condition(self) { return true }
            if !process.isRunning { return condition(self) }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// - Returns: the exit status, or -1 where it had to be killed.
    func stop() async -> Int32 {
        defer { files.remove() }
        process.signal(SIGTERM)
        for _ in 0..<2000 where process.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
        guard process.isRunning else { return process.hasExited ? process.terminationStatus : -1 }
        process.signal(SIGKILL)
        return -1
    }

    /// The process, or the wrapper's.
    var identifier: pid_t { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    /// Ends it with SIGKILL, in the middle of whatever it does, and waits until it is gone.
    func kill() async {
        process.signal(SIGKILL)
        await ended()
    }

    /// Waits until it has ended by itself or by somebody's signal.
    func ended() async {
        for _ in 0..<4000 where process.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
        files.remove()
    }

    /// Sends a signal.
    func signal(_ number: Int32) { process.signal(number) }

    /// What follows `prefix` up to a space or the end of the line.
    func word(after prefix: String) -> String? {
        for line in (output + "\n" + words).split(separator: "\n") {
            guard let range = line.range(of: prefix) else { continue }
            return line[range.upperBound...].split(separator: " ").first.map(String.init)
        }
        return nil
    }
}

import Foundation

/// The built command line, run as a person runs it: a process with arguments, an environment and a working directory.
enum TimegateBinary {
    struct Ended {
        let status: Int32
        let output: String
        let words: String
    }

    /// The binary beside the test bundle, or the one that TIMEGATE_TEST_BINARY names.
    static let path: String = {
        if let named = ProcessInfo.processInfo.environment["TIMEGATE_TEST_BINARY"] { return named }
        let arguments = ProcessInfo.processInfo.arguments
        let bundle = arguments.first { $0.hasSuffix(".xctest") } ?? arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("timegate").path
    }()

    /// Whether it was built as it is installed.
    static let isReleased = path.contains("/release/")

    /// The top of the checkout.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static let plugins = "\(root)/plugins"

    /// What a process sees beside what a test adds: nothing of the machine's own settings.
    static func environment(_ more: [String: String]) -> [String: String] {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let base = ["PATH": "\(folder):/usr/local/bin:/usr/bin:/bin", "TIMEGATE_PLUGINS": plugins, "TZ": "UTC"]
        return base.merging(more) { $1 }
    }

    static func run(
        _ arguments: [String],
        environment more: [String: String] = [:],
        input: String? = nil,
        in directory: String? = nil
    ) async throws -> Ended {
        try await run(executable: path, arguments, environment: more, input: input, in: directory)
    }

    /// Runs a line as the shell does.
    static func shell(
        _ line: String,
        environment more: [String: String] = [:],
        in directory: String? = nil
    ) async throws -> Ended {
        try await run(executable: "/bin/sh", ["-c", line], environment: more, input: nil, in: directory)
    }

    private static func run(
        executable: String,
        _ arguments: [String],
        environment more: [String: String],
        input: String?,
        in directory: String?
    ) async throws -> Ended {
        let files = try Scratch()
        defer { files.remove() }
        let process = ChildProcess()
        process.command = [executable] + arguments
        process.environment = environment(more)
        process.directory = directory
        // Files, not pipes: nothing can fill up while nobody reads.
        process.output = try files.handle("output")
        process.words = try files.handle("words")
        process.input = try FileHandle(forReadingAtPath: files.write("input", input ?? ""))
        try process.run()
        await process.ended()
        return Ended(status: process.terminationStatus, output: files.read("output"), words: files.read("words"))
    }
}

/// A directory that is gone when the test is.
struct Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/timegate-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    func handle(_ name: String) throws -> FileHandle {
        let file = try write(name, "")
        guard let handle = FileHandle(forWritingAtPath: file) else { throw CocoaError(.fileWriteUnknown) }
        return handle
    }

    func read(_ name: String) -> String {
        String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) ?? Data(), as: UTF8.self)
    }
}

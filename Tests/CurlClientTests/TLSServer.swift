import Foundation

/// `openssl s_server -www` on loopback: answers every GET with a page about the TLS session.
final class TLSServer {
    let port: Int
    private let process = Process()

    init(_ certificate: TestAuthority.Certificate, options: [String] = []) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-www",
                "-cert", certificate.certificate, "-key", certificate.key,
            ] + options
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It says "ACCEPT 127.0.0.1:41234" once it listens.
        var text = ""
        while true {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw NotStarted(output: text) }
            text += String(decoding: data, as: UTF8.self)
            if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT ") }), text.hasSuffix("\n"),
                let port = Int(line.split(separator: ":").last ?? "")
            {
                self.port = port
                return
            }
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    struct NotStarted: Error {
        let output: String
    }
}

/// `openssl s_server -www` on loopback: answers every GET with a page about the TLS session.
final class TLSServer {
    let port: Int
    private let process: ChildProcess

    init(_ certificate: TestAuthority.Certificate, options: [String] = []) throws {
        process = try ChildProcess(
            [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-www",
                "-cert", certificate.certificate, "-key", certificate.key,
            ] + options
        )
        // It says "ACCEPT 127.0.0.1:41234" once it listens.
        var output = ""
        while true {
            let more = process.readOutput()
            guard !more.isEmpty else {
                _ = process.wait()
                throw NotStarted(output: output)
            }
            output += more
            if let line = output.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT ") }),
                output.hasSuffix("\n"),
                let port = Int(line.split(separator: ":").last ?? "")
            {
                self.port = port
                return
            }
        }
    }

    func stop() {
        process.terminate()
        _ = process.wait()
    }

    struct NotStarted: Error {
        let output: String
    }
}

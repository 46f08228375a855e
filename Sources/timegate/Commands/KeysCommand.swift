import ArgumentParser

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make keys for callers of the gateway.",
        subcommands: [KeysNewCommand.self, KeysHashCommand.self]
    )
}

struct KeysNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a random token, and the hash of it for the configuration.",
        discussion: "The token is shown once, here. The gateway needs only the hash."
    )

    func run() throws {
        let token = GatewayToken.random()
        Output.data.line("token: \(token)")
        Output.data.line("hash: \(KeyHash.text(ofToken: token))")
        Output.words.line(
            "Give the token to the caller. In the configuration: hash: \"sha256:…\" under the key's name."
        )
    }
}

struct KeysHashCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract: "Print the hash of a token.",
        discussion: "The token is read from standard input, or from a variable: arguments are seen by every process."
    )

    @Option(help: ArgumentHelp("The environment variable that holds the token.", valueName: "variable"))
    var env: String?

    func run() throws {
        let token = try token()
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            Output.words.line("A token is one line of visible ASCII characters.")
            throw ExitStatus.refused.exit
        }
        Output.data.line(KeyHash.text(ofToken: token))
    }

    private func token() throws -> String {
        if let env {
            guard let value = Environment.value(env) else {
                Output.words.line("The environment variable \(env) is not set.")
                throw ExitStatus.refused.exit
            }
            return value
        }
        do throws(FileContent.Failure) {
            var bytes = try FileContent.readingStandardInput(limit: 4096)[...]
            while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            Output.words.line("Standard input cannot be read: \(error.reason).")
            throw ExitStatus.refused.exit
        }
    }
}

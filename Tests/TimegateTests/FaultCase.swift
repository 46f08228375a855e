import Testing

/// One fault, where it stands, and what the message says of it.
struct FaultCase: CustomTestStringConvertible {
    let name: String
    /// `@` marks the line that the fault must be reported on.
    let yaml: String
    let message: String
    var hint: String?

    var testDescription: String { name }

    init(_ name: String, _ yaml: String, _ message: String, hint: String? = nil) {
        self.name = name
        self.yaml = yaml
        self.message = message
        self.hint = hint
    }

    /// The text without the mark, and the marked line.
    var marked: (text: String, line: Int) {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines.firstIndex { $0.hasSuffix(" @") }.map { $0 + 1 } ?? 0
        return (lines.map { $0.hasSuffix(" @") ? $0.dropLast(2) : $0 }.joined(separator: "\n"), line)
    }

    /// A connection that is right but for the lines that are added.
    static func connection(_ lines: String, plugin: String = "productive") -> String {
        let rest = lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        return "connections:\n  acme:\n    plugin: \(plugin)\n\(rest)\n"
    }

    static let good = """
        connections:
          acme:
            plugin: productive
            settings: { organization_id: "2055" }
            secrets: { token: { env: TOKEN } }

        """

    static func key(_ lines: String) -> String {
        good + "keys:\n  - " + lines.split(separator: "\n").joined(separator: "\n    ") + "\n"
    }
}

extension FaultCase {
    static let settings = "settings: { organization_id: \"2055\" }\n"
    static let secrets = "secrets: { token: { env: TOKEN } }\n"
    static let rest = settings + secrets

    static let all: [FaultCase] = [
        // The proxy.
        FaultCase(
            "an unknown key of the proxy",
            FaultCase.connection(FaultCase.rest + "proxy: { keyles: true } @"),
            "Unknown key \"keyles\" in connections.acme.proxy. Did you mean \"keyless\"?"
        ),
        FaultCase(
            "a tunnel that is no yes or no",
            FaultCase.connection(FaultCase.rest + "proxy: { tunnel: maybe } @"),
            "connections.acme.proxy.tunnel must be true or false"
        ),
        FaultCase(
            "a proxy that is a word",
            FaultCase.connection(FaultCase.rest + "proxy: true @"),
            "must be a mapping"
        ),
        FaultCase(
            "credentials of nobody",
            FaultCase.connection(FaultCase.rest + "proxy: { credentials: mine } @"),
            "it must be client or connection"
        ),
        FaultCase(
            "keyless with the connection's credentials",
            FaultCase.connection(FaultCase.rest + "proxy: { credentials: connection, keyless: true } @"),
            "goes with credentials: client only",
            hint: "anybody could use"
        ),
        FaultCase(
            "keyless that is no limit",
            FaultCase.connection(FaultCase.rest + "proxy: { keyless: often } @"),
            "it must be true, false or a limit"
        ),
        FaultCase(
            "a proxy that listens nowhere",
            FaultCase.connection(FaultCase.rest + "proxy: { listen: here } @"),
            "which is no address"
        ),
        FaultCase(
            "a proxy that listens where the gateway does",
            "listen: 127.0.0.1:8123\n" + FaultCase.connection(FaultCase.rest + "proxy: { listen: 127.0.0.1:8123 } @"),
            "is the same address as listen"
        ),
        FaultCase(
            "a host with a scheme",
            FaultCase.connection(FaultCase.rest + "proxy: { hosts: [\"http://a\"] } @"),
            "is no host"
        ),
        FaultCase(
            "an origin that is the gateway itself",
            "listen: 127.0.0.1:8123\n"
                + FaultCase.connection(
                    "origin: http://localhost:8123 @\nallow_private: true\nproxy: { keyless: false }\n" + FaultCase.rest
                ),
            "is this gateway itself"
        ),

        // Another vendor's dialect.
        FaultCase(
            "a dialect that is not there",
            FaultCase.connection(FaultCase.rest + "serve_as: hoursmit @"),
            "Did you mean \"hoursmith\"?"
        ),
        FaultCase(
            "the connection's own dialect",
            FaultCase.connection(FaultCase.rest + "serve_as: productive @"),
            "own vendor"
        ),
        FaultCase(
            "a translation without a dialect",
            FaultCase.connection(FaultCase.rest + "translate: { user: same } @"),
            "there is no serve_as",
            hint: "serve_as: NAME"
        ),
        FaultCase(
            "a dialect whose ids cannot be answered",
            FaultCase.connection(FaultCase.rest + "serve_as: awork @"),
            "answers with ids that Productive does not have"
        ),
        FaultCase(
            "a subject that the dialect has not",
            FaultCase.connection(FaultCase.rest + "serve_as: hoursmith @\ntranslate: { types: { projekt: service } }"),
            "Did you mean \"project\"?"
        ),
        FaultCase(
            "ids of a kind that the dialect has not",
            FaultCase.connection(FaultCase.rest + "serve_as: hoursmith @\ntranslate: { usr: same }"),
            "Did you mean \"user\"?"
        ),
        FaultCase(
            "a translation that is no table",
            FaultCase.connection(FaultCase.rest + "serve_as: hoursmith\ntranslate: { user: [1] } @"),
            "must be a mapping"
        ),
        FaultCase(
            "a default that is not known",
            FaultCase.connection(FaultCase.rest + "serve_as: hoursmith\ndefaults: { usr: \"1\" } @"),
            "Did you mean \"user\"?"
        ),
        FaultCase(
            "a start that is no time",
            FaultCase.connection(FaultCase.rest + "serve_as: hoursmith\ndefaults: { assume_start: 9am } @"),
            "a local time such as 09:00"
        ),
        // The document.
        FaultCase("not YAML", "connections: [unclosed\nkeys: @\n", "not YAML", hint: "indentation"),
        FaultCase("a list at the top", "- a @\n", "must be a mapping; it is a list"),
        FaultCase("nothing at all", "\n", "must be a mapping; it is nothing"),
        FaultCase("a key twice", "listen: 127.0.0.1:1 @\nlisten: 127.0.0.1:2\n", "more than once", hint: "Keep one"),
        FaultCase("an unknown key", FaultCase.good + "listn: 127.0.0.1:1 @\n", "Did you mean \"listen\"?"),
        FaultCase("a hook that is not there", FaultCase.good + "hooks: [hooks/a.lua] @\n", "There is no file"),
        FaultCase("hooks that are no list", FaultCase.good + "hooks: a.lua @\n", "hooks must be a list"),
        FaultCase(
            "a connection's hook that is not there",
            FaultCase.connection(rest + "hooks: [{ file: a.lua }] @\n"),
            "There is no file"
        ),
        FaultCase("a hook without a file", FaultCase.good + "hooks: [{ settings: { a: b } }] @\n", "has no file"),
        FaultCase("a hook that is a list", FaultCase.good + "hooks: [[a.lua]] @\n", "must be a file, or"),
        FaultCase("an empty member", FaultCase.good + "listen: @\n", "listen has no value"),
        FaultCase("no connections", "listen: 127.0.0.1:1 @\n", "has no connections"),
        FaultCase("no plugins there", FaultCase.good + "plugins: ./nowhere @\n", "There is no directory"),
        // Addresses.
        FaultCase("listen without a port", FaultCase.good + "listen: 127.0.0.1 @\n", "no address", hint: "host:port"),
        FaultCase("listen on port 99999", FaultCase.good + "listen: 127.0.0.1:99999 @\n", "no address"),
        FaultCase(
            "one address twice",
            FaultCase.good + "listen: 127.0.0.1:8080\nadmin: 127.0.0.1:8080 @\n",
            "same address"
        ),
        // Connections.
        FaultCase("a reserved name", "connections:\n  calls: @\n    plugin: productive\n", "HTTP API uses that word"),
        FaultCase(
            "a plugin elsewhere",
            "connections:\n  acme:\n    plugin: ../plugins/productive @\n",
            "There is no plugin"
        ),
        FaultCase("a name in capitals", "connections:\n  Acme: @\n    plugin: productive\n", "cannot be the name"),
        FaultCase(
            "a connection without a plugin",
            "connections:\n  acme:\n    origin: https://a.example @\n",
            "has no plugin"
        ),
        FaultCase(
            "an unknown plugin",
            "connections:\n  acme:\n    plugin: productiv @\n",
            "Did you mean \"productive\"?",
            hint: "awork"
        ),
        FaultCase(
            "an unknown key of a connection",
            FaultCase.connection("orgin: https://a.example @\n" + rest),
            "Did you mean \"origin\"?"
        ),
        FaultCase("allow_private in words", FaultCase.connection("allow_private: yes @\n" + rest), "true or false"),
        FaultCase(
            "a time zone that is none",
            FaultCase.connection("time_zone: Europe/Zagrb @\n" + rest),
            "Did you mean \"Europe/Zagreb\"?"
        ),
        FaultCase("handling that is none", FaultCase.connection("handling: relaxed @\n" + rest), "strict or lenient"),
        FaultCase(
            "rounding that is none",
            FaultCase.connection("rounding: nearst @\n" + rest),
            "Did you mean \"nearest\"?"
        ),
        FaultCase(
            "limits that are neither off nor a list",
            FaultCase.connection("limits: 100/m @\n" + rest),
            "must be off or a list of limits; it is \"100/m\"",
            hint: "requests: 60"
        ),
        FaultCase(
            "an empty list of limits",
            FaultCase.connection("limits: [] @\n" + rest),
            "must be off or a list of limits"
        ),
        FaultCase(
            "a limit that is no mapping",
            FaultCase.connection("limits: [60] @\n" + rest),
            "limits[0] must be a mapping"
        ),
        FaultCase(
            "a limit without a length",
            FaultCase.connection("limits: [{ requests: 60 }] @\n" + rest),
            "limits[0] has no per"
        ),
        FaultCase(
            "a limit with a misspelt key",
            FaultCase.connection("limits: [{ requests: 60, per: 10s, pre: 1 }] @\n" + rest),
            "Did you mean \"per\"?"
        ),
        FaultCase(
            "a limit of no requests",
            FaultCase.connection("limits: [{ requests: 0, per: 10s }] @\n" + rest),
            "must be 1 to 10000000"
        ),
        FaultCase(
            "a limit per day and a half",
            FaultCase.connection("limits: [{ requests: 60, per: 36h }] @\n" + rest),
            "no length up to 24h"
        ),
        FaultCase(
            "two limits of one length",
            FaultCase.connection("limits: [{ requests: 60, per: 60s }, { requests: 50, per: 1m }] @\n" + rest),
            "a second limit per 1m"
        ),
        // Origins.
        FaultCase(
            "plain http",
            FaultCase.connection("origin: http://api.example.com @\n" + rest),
            "plain http",
            hint: "allow_private"
        ),
        FaultCase(
            "a loopback address",
            FaultCase.connection("origin: https://127.0.0.1 @\n" + rest),
            "private or loopback"
        ),
        FaultCase(
            "localhost",
            FaultCase.connection("origin: https://localhost:8443 @\n" + rest),
            "private or loopback"
        ),
        FaultCase(
            "a path in an origin",
            FaultCase.connection("origin: https://a.example/api @\n" + rest),
            "has a path",
            hint: "https://a.example:"
        ),
        FaultCase(
            "a slash behind an origin",
            FaultCase.connection("origin: https://a.example/ @\n" + rest),
            "ends with a slash"
        ),
        FaultCase(
            "a password in an origin",
            FaultCase.connection("origin: https://me:pw@a.example @\n" + rest),
            "user name or password",
            hint: "under secrets"
        ),
        FaultCase(
            "an origin without a scheme",
            FaultCase.connection("origin: a.example @\n" + rest),
            "must begin with https:// or http://; it is \"a.example\"",
            hint: "Write https://a.example, or http://"
        ),
        FaultCase(
            "an origin with a wrong port",
            FaultCase.connection("origin: https://a.example:0 @\n" + rest),
            "no valid port"
        ),
        // Settings.
        FaultCase(
            "a setting missing",
            "connections:\n  acme: @\n    plugin: productive\n    " + secrets,
            "has no organization_id"
        ),
        FaultCase(
            "an unknown setting",
            FaultCase.connection("settings: { organization_id: \"1\", organisation: 2 } @\n" + secrets),
            "has no setting \"organisation\""
        ),
        FaultCase(
            "a list for a setting",
            FaultCase.connection("settings: { organization_id: [1] } @\n" + secrets),
            "must be a string; it is a list"
        ),
        FaultCase(
            "a setting that is no UUID",
            FaultCase.connection("settings: { account_uuid: 12 } @\n" + secrets, plugin: "plannr"),
            "must be a UUID"
        ),
        FaultCase(
            "a setting that is no time of day",
            FaultCase.connection("settings: { assume_start: \"24:00\" } @\n" + secrets, plugin: "sonderplan"),
            "00:00 to 23:59"
        ),
        FaultCase(
            "a boolean setting in quotes",
            FaultCase.connection(
                "settings: { duration_is_enough: \"true\" } @\nsecrets: { token: { env: HSK } }\n",
                plugin: "hoursmith"
            ),
            "true or false"
        ),
        // Secrets.
        FaultCase(
            "a secret written out",
            FaultCase.connection(settings + "secrets: { token: abc } @\n"),
            "written out",
            hint: "{ env: ACME_TOKEN }"
        ),
        FaultCase(
            "a secret missing",
            "connections:\n  acme: @\n    plugin: productive\n    " + settings,
            "has no token"
        ),
        FaultCase(
            "an unknown secret",
            FaultCase.connection(settings + "secrets: { tokn: { env: TOKEN } } @\n"),
            "Did you mean \"token\"?"
        ),
        FaultCase(
            "a variable that is not set",
            FaultCase.connection(settings + "secrets: { token: { env: NOT_SET } } @\n"),
            "NOT_SET is not set"
        ),
        FaultCase(
            "a variable that is empty",
            FaultCase.connection(settings + "secrets: { token: { env: EMPTY } } @\n"),
            "EMPTY is empty"
        ),
        FaultCase(
            "a secret with a line break",
            FaultCase.connection(settings + "secrets: { token: { env: BROKEN } } @\n"),
            "control character"
        ),
        FaultCase(
            "a file that is not there",
            FaultCase.connection(settings + "secrets: { token: { file: no/where } } @\n"),
            "cannot be read"
        ),
        FaultCase(
            "env and file",
            FaultCase.connection(settings + "secrets: { token: { env: TOKEN, file: x } } @\n"),
            "both env and file"
        ),
        FaultCase(
            "neither env nor file",
            FaultCase.connection(settings + "secrets: { token: {} } @\n"),
            "where the secret is"
        ),
        FaultCase(
            "a secret with the wrong beginning",
            FaultCase.connection("secrets: { token: { env: TOKEN } } @\n", plugin: "hoursmith"),
            "does not begin with hsk_"
        ),
        FaultCase(
            "a secret of a few letters",
            FaultCase.connection(settings + "secrets: { token: { env: SHORT } } @\n"),
            "is too short to be hidden in answers"
        ),
        // Keys.
        FaultCase("keys as a mapping", FaultCase.good + "keys: { name: jane } @\n", "must be a list"),
        FaultCase(
            "a key without a token",
            FaultCase.key("name: jane @\nconnections: [acme]\nscopes: [read]"),
            "neither token nor hash"
        ),
        FaultCase(
            "a key with both",
            FaultCase.key(
                "name: jane\ntoken: { env: KEY } @\nhash: \"sha256:00\"\nconnections: [acme]\nscopes: [read]"
            ),
            "both token and hash"
        ),
        FaultCase(
            "a token written out",
            FaultCase.key("name: jane\ntoken: tgk_abcdefghijklmnopqrstuvwxyz @\nconnections: [acme]\nscopes: [read]"),
            "written out"
        ),
        FaultCase(
            "a short token",
            FaultCase.key("name: jane\ntoken: { env: SHORT } @\nconnections: [acme]\nscopes: [read]"),
            "can be guessed"
        ),
        FaultCase(
            "a hash that is none",
            FaultCase.key("name: jane\nhash: \"sha256:12\" @\nconnections: [acme]\nscopes: [read]"),
            "64 hexadecimal digits"
        ),
        FaultCase(
            "a key for no connection",
            FaultCase.key("name: jane\ntoken: { env: KEY }\nconnections: [acm] @\nscopes: [read]"),
            "Did you mean \"acme\"?"
        ),
        FaultCase(
            "an unknown scope",
            FaultCase.key("name: jane\ntoken: { env: KEY }\nconnections: [acme]\nscopes: [wirte] @"),
            "Did you mean \"write\"?"
        ),
        FaultCase(
            "a limit that is none",
            FaultCase.key("name: jane\ntoken: { env: KEY }\nconnections: [acme]\nscopes: [read]\nlimit: 600 @"),
            "is no limit",
            hint: "600/m"
        ),
        FaultCase(
            "an identity at another connection",
            FaultCase.key(
                "name: jane\ntoken: { env: KEY }\nconnections: [acme]\nscopes: [read]\n"
                    + "identity: { other: { user_id: \"1\" } } @"
            ),
            "not among the key's connections"
        ),
        FaultCase(
            "an unknown key of an identity",
            FaultCase.key(
                "name: jane\ntoken: { env: KEY }\nconnections: [acme]\nscopes: [read]\n"
                    + "identity: { acme: { userid: \"1\" } } @"
            ),
            "Did you mean \"user_id\"?"
        ),
        FaultCase(
            "two keys of one name",
            FaultCase.key("name: jane\ntoken: { env: KEY }\nconnections: [acme]\nscopes: [read]")
                + "  - name: jane @\n    token: { env: KEY2 }\n    connections: [acme]\n    scopes: [read]\n",
            "two keys named \"jane\""
        ),
        FaultCase(
            "two keys with one token",
            FaultCase.key("name: jane\ntoken: { env: KEY }\nconnections: [acme]\nscopes: [read]")
                + "  - name: joe @\n    token: { env: KEY }\n    connections: [acme]\n    scopes: [read]\n",
            "have the same token"
        ),
    ]
}

public import JSON

/// A configured account at a vendor: a plugin with settings, and headers with the secrets already filled in.
///
/// A class, because every call refers to it and none changes it.
public final class Connection: Sendable {
    public let name: String
    /// The vendor's identifier: the name of the plugin.
    public let vendor: String
    /// `https://api.example.com`, without a path or a trailing slash.
    public let origin: String
    /// Whether plain HTTP and private or loopback addresses are allowed.
    public let allowsPrivate: Bool
    public let settings: Settings
    /// Of the settings: what differs in it may be another account of the vendor.
    public let settingsHash: Int64
    public let zone: Zone?
    public let handling: Handling
    /// Whether a write needs the caller's own idempotency key.
    public let requiresKey: Bool
    /// Whether a write without a key of the caller's is journalled too, under a generated one.
    public let journalsKeyless: Bool
    /// The vendor's rate windows as the operator gives them, none for `limits: off`; `nil` for the plugin's own.
    public let rateWindows: [RateWindow]?
    /// The other vendor's dialect in which the connection is served too; `nil` for none.
    public let facade: Facade?
    /// The headers of every request to the vendor, secrets included.
    public let headers: [Header]
    /// Tells connections apart without comparing them. One that differs in headers and secrets only has the same.
    public let number: UInt64
    /// What must never be shown.
    private let secrets: [BytePattern]
    let kinds = RequestKinds()

    /// - Parameters:
    ///   - secrets: what must never be shown.
    ///   - original: the connection that this one differs from in headers only, and in secrets that come to its own.
    public init(
        name: String,
        vendor: String,
        origin: String,
        allowsPrivate: Bool = false,
        settings: Settings = Settings(),
        zone: Zone? = nil,
        handling: Handling = .strict,
        requiresKey: Bool = false,
        journalsKeyless: Bool = true,
        rateWindows: [RateWindow]? = nil,
        facade: Facade? = nil,
        headers: [Header] = [],
        secrets: [String] = [],
        differingFrom original: Connection? = nil
    ) {
        self.number = original?.number ?? SerialNumber.next()
        self.name = name
        self.vendor = vendor
        self.origin = origin
        self.allowsPrivate = allowsPrivate
        self.settings = settings
        settingsHash = original?.settingsHash ?? settings.hash
        self.zone = zone
        self.handling = handling
        self.requiresKey = requiresKey
        self.journalsKeyless = journalsKeyless
        self.rateWindows = rateWindows
        self.facade = facade
        self.headers = headers
        // The longest first: a secret that begins with another is hidden whole.
        let own = secrets.filter { !$0.isEmpty }.map(BytePattern.init)
        self.secrets = ((original?.secrets ?? []) + own).sorted { $0.text.utf8.count > $1.text.utf8.count }
    }

    /// The same connection with other headers for its requests.
    ///
    /// - Parameter more: what must not be shown either.
    public func with(headers: [Header], hiding more: [String] = []) -> Connection {
        Connection(
            name: name,
            vendor: vendor,
            origin: origin,
            allowsPrivate: allowsPrivate,
            settings: settings,
            zone: zone,
            handling: handling,
            requiresKey: requiresKey,
            journalsKeyless: journalsKeyless,
            rateWindows: rateWindows,
            facade: facade,
            headers: headers,
            secrets: more,
            differingFrom: self
        )
    }

    /// The rate windows that count: the operator's, or else the plugin's.
    public func rateWindows(_ limits: LimitRules) -> [RateWindow] { rateWindows ?? limits.windows }

    /// A text of the vendor with every secret of the connection taken out.
    public func hidingSecrets(_ text: String) -> String {
        var shown = text
        for secret in secrets { shown = shown.replacing(secret.text, with: "***") }
        return shown
    }

    /// Whether a vendor's answer repeats a secret of the connection, byte for byte.
    func holdsSecret(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in secrets.contains { $0.occurs(in: bytes) } }
    }

    /// A vendor's document with every secret taken out, however the vendor escapes its texts; `nil` if what remains is
    /// no document.
    func hidingSecrets(_ document: JSONDocument) -> JSONDocument? {
        if secrets.isEmpty { return document }
        let value = document.root.value
        let shown = hidingSecrets(value)
        if shown == value { return document }
        return try? JSONDocument(parsing: shown.serialized(.compact), limits: .trusted)
    }

    /// A value of the vendor with every secret of the connection taken out.
    public func hidingSecrets(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(hidingSecrets(text))
        case .number(let digits): secrets.contains { digits.contains($0.text) } ? .string(hidingSecrets(digits)) : value
        case .integer(let number): secrets.contains { $0.text == "\(number)" } ? "***" : value
        case .array(let elements): .array(elements.map { hidingSecrets($0) })
        case .object(let object):
            .object(JSONObject(object.map { (key: hidingSecrets($0.key), value: hidingSecrets($0.value)) }))
        case .null, .bool: value
        }
    }
}

/// A header of a request to a vendor.
public struct Header: Sendable, Equatable {
    public var name: String
    public var value: String
    /// The value as people may see it: `Bearer ***` for a value that holds a secret.
    public var shown: String

    public init(_ name: String, _ value: String, shown: String? = nil) {
        self.name = name
        self.value = value
        self.shown = shown ?? value
    }
}

/// What the operator set for a connection, by the names that the plugin declares.
public struct Settings: Sendable, Equatable {
    public private(set) var values: JSONObject

    public init(_ values: JSONObject = JSONObject()) {
        self.values = values
    }

    public subscript(name: String) -> JSONValue? { values[name] }

    public func string(_ name: String) -> String? {
        switch values[name] {
        case .string(let text)?: text
        case .integer(let number)?: String(number)
        default: nil
        }
    }

    public func bool(_ name: String) -> Bool? { values[name]?.bool }

    /// A number for all of them, the same in every process; others have another one, nearly always.
    var hash: Int64 {
        var hash = StableHash()
        for (name, value) in values.map({ ($0.key, $0.value) }).sorted(by: { $0.0 < $1.0 }) {
            for byte in name.utf8 { hash.add(byte) }
            hash.add(0)
            for byte in value.serializedBytes() { hash.add(byte) }
            hash.add(0)
        }
        return Int64(bitPattern: hash.value)
    }
}

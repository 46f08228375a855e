internal import Crypto
internal import GatewayCore
internal import JSON
internal import PluginHost

/// The place of recognised writes in the journal: one execution for one key, and its answer again for the same request.
struct NativeWrites: Sendable {
    /// The longest key of a vendor's own.
    static let longestKey = 255

    let writes: Writes
    /// Milliseconds after which a request whose answer was lost has surely arrived or not.
    let settleMilliseconds: Int64

    /// The key of a request, and whose it is.
    struct Key {
        var text: String
        /// Whether it is in the vendor's own header, and goes on to it.
        var isVendors: Bool
    }

    /// What a key stands for.
    enum Claim {
        /// The connection keeps no row of a write without a key.
        case none
        case claimed(JournaledWrite)
        /// The answer that was given before.
        case replay(StoredReply, isSettled: Bool, key: String)
    }

    /// The key that a client sends: in the vendor's own header where the operation has one, else in the gateway's.
    ///
    /// - Throws: for one that stands there twice, or cannot be a key.
    static func key(
        of request: NativeRequest,
        _ operation: GatewayCore.Operation,
        _ vendor: Vendor
    ) throws(Problem) -> Key? {
        let own = vendor.manifest.operations[operation]?.idempotencyHeader
        let name = own?.lowercased() ?? gatewayHeader
        let values = request.headers.filter { $0.name.lowercased() == name }.map(\.value)
        guard let value = values.first else { return nil }
        guard values.count == 1 else {
            throw Problem(.idempotencyKeyInvalid, "The request has more than one \(own ?? "Idempotency-Key").")
        }
        guard own != nil else { return Key(text: try IdempotencyKey.read(value), isVendors: false) }
        guard !value.isEmpty, value.utf8.count <= longestKey else {
            throw Problem(.idempotencyKeyInvalid, "\(own ?? "The key") must have 1 to \(longestKey) characters.")
        }
        return Key(text: value, isVendors: true)
    }

    /// Whether a request has a key of any kind.
    static func namesKey(_ request: NativeRequest, _ vendor: Vendor) -> Bool {
        let own = vendor.manifest.operations.values.compactMap { $0.idempotencyHeader?.lowercased() }
        let names = own + [gatewayHeader]
        return request.headers.contains { names.contains($0.name.lowercased()) }
    }

    /// The header of keys where a vendor has none of its own.
    static let gatewayHeader = "idempotency-key"

    /// Takes the key of a write, or a new one.
    ///
    /// - Throws: what the key's earlier use answers where that has no answer.
    func claim(
        _ key: Key?,
        _ proxied: ProxiedRequest,
        _ request: NativeRequest,
        _ operation: GatewayCore.Operation
    ) async throws(Problem) -> Claim {
        let connection = proxied.connection
        if key == nil, connection.requiresKey {
            throw Problem(
                .idempotencyKeyRequired,
                "The connection \(connection.name) takes no write without an Idempotency-Key."
            )
        }
        if key == nil, !connection.journalsKeyless { return .none }
        let scope = WriteScope(
            caller: proxied.caller.name,
            connection: connection.name,
            operation: operation,
            key: key?.text ?? UUIDText.makeNew()
        )
        let rule = proxied.plugin.vendor.manifest.operations[operation]
        let now = writes.now()
        let claim = try await writes.claim(
            scope,
            fingerprint: NativeWrites.fingerprint(key, proxied, request, operation),
            isKeyGenerated: key == nil,
            vendorHasKeys: rule?.idempotencyHeader != nil
        ) { record in
            // Only this client has the credentials to send it again, and it is here.
            guard record.intent.usesClientCredentials, let life = rule?.idempotencyWindow,
                record.intent.vendorKey == key?.text, key?.isVendors == true
            else { return false }
            return record.isKeyRemembered(for: life, now: now, settle: settleMilliseconds)
        }
        switch claim {
        case .claimed(let write): return .claimed(write)
        case .replay(let reply, let isSettled): return .replay(reply, isSettled: isSettled, key: scope.key)
        }
    }

    /// What tells one request from another under the same key: SHA-256 of what is asked for, byte for byte.
    ///
    /// A key that follows the vendor's own rules may be as short as the client likes, and the vendor tells those of two
    /// accounts apart. Under one gateway key that are two requests.
    private static func fingerprint(
        _ key: Key?,
        _ proxied: ProxiedRequest,
        _ request: NativeRequest,
        _ operation: GatewayCore.Operation
    ) -> [UInt8] {
        var hasher = SHA256()
        func add(_ text: String) {
            var text = text
            text.withUTF8 { bytes in
                withUnsafeBytes(of: UInt64(bytes.count)) { hasher.update(bufferPointer: $0) }
                hasher.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            }
        }
        add("proxy")
        add(operation.rawValue)
        add(proxied.connection.name)
        add(request.method)
        add(request.target)
        if key?.isVendors == true, proxied.rules.credentials == .client {
            for header in proxied.reading.headers {
                add(header.name.lowercased())
                add(header.value)
            }
        }
        request.body.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return hasher.finalize().withUnsafeBytes { Array($0) }
    }
}

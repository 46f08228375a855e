import GatewayCore
import GatewayServer
import JSON
import PluginHost
import VendorSimulators

/// What a test's gateway is made of.
struct GatewayPlan {
    struct Link {
        enum Upstream {
            case simulator(SimulatedVendor)
            case origin(String)
        }

        var name: String
        var plugin: LoadedPlugin
        var upstream: Upstream
        var settings: JSONObject
        var token: String
        var zone: String?
        var handling = Handling.strict
        var requiresKey = false
        var journalsKeyless = true
        /// The vendor's rate windows: none, unless a test is about them.
        var rateWindows: [RateWindow]? = []
        var allowsPrivate = true
        /// The operator's hooks of this connection.
        var hooks: [ConfiguredHook] = []
        var proxy: ProxyRules?
    }

    struct Key {
        var name: String
        var connections: [String]
        var scopes: Set<Scope> = [.read, .write]
        var identities: [String: Identity] = [:]
        var limit: RateLimit?

        /// Holds the word `canary`, as the vendors' tokens do.
        var token: String { "tg_canary_key_of_\(name)" }
    }

    var simulators: [SimulatedVendor: VendorSimulatorConfiguration] = [:]
    var links: [Link] = []
    /// Connections whose plugin did not load.
    var disabled: [ConfiguredConnection] = []
    var keys: [Key] = []
    var eventLoops = 1
    var vendorTimeoutMilliseconds = 10_000
    /// Whether the gateway keeps a journal, as it does unless the operator says otherwise.
    var hasJournal = true
    var makeProxyRecognizer: (@Sendable () -> any ProxyRecognizer)?
    /// Tunnels that one connection may have open.
    var maximumTunnels = 512
    /// A listening socket in place of a new one.
    var inheritedListener: Int32?
    /// Whether the time-entry operations of vendors' own clients are read.
    var readsProxiedEntries = false
    /// The façades of connections, by name.
    var facades: [String: Facade] = [:]
    /// Milliseconds before what is not settled is looked for; so long that only tests about it do.
    var settleMilliseconds = 3_600_000

    /// One connection to each vendor's simulator, named after the vendor, and a key `jane` for all of them.
    init(_ vendors: SimulatedVendor...) throws {
        var identities: [String: Identity] = [:]
        for vendor in vendors {
            var configuration = VendorSimulatorConfiguration(vendor: vendor)
            configuration.tokens = [Sample.token(vendor)]
            // 2026-11-20T12:00:00Z
            configuration.clock = { 1_795_176_000_000 }
            simulators[vendor] = configuration
            links.append(try GatewayPlan.link(vendor.rawValue, to: vendor))
            identities[vendor.rawValue] = Sample.identity(vendor)
        }
        keys = [Key(name: "jane", connections: vendors.map(\.rawValue), identities: identities)]
    }

    /// One connection to a vendor's simulator, and a key that may do everything.
    static func unrestricted(_ vendor: SimulatedVendor) throws -> GatewayPlan {
        var plan = try GatewayPlan(vendor)
        plan.keys[0].scopes = Set(Scope.allCases)
        return plan
    }

    /// A connection as a vendor's sample wants it.
    static func link(_ name: String, to vendor: SimulatedVendor) throws -> Link {
        Link(
            name: name,
            plugin: try Plugins.vendor(vendor.rawValue),
            upstream: .simulator(vendor),
            settings: Sample.settings(vendor),
            token: Sample.token(vendor),
            zone: Sample.zone(vendor)
        )
    }

    /// Adds a connection that `jane` may use.
    mutating func add(_ link: Link, identity: Identity? = nil) {
        links.append(link)
        keys[0].connections.append(link.name)
        keys[0].identities[link.name] = identity
    }

    /// Adds a connection to Sonderplan's simulator through a plugin of the test's own.
    mutating func addSonderplan(_ name: String, _ plugin: LoadedPlugin) throws {
        var link = try GatewayPlan.link(name, to: .sonderplan)
        link.plugin = plugin
        add(link, identity: Sample.identity(.sonderplan))
    }

    /// Changes the connection of a vendor.
    mutating func change(_ name: String, _ change: (inout Link) -> Void) {
        for index in links.indices where links[index].name == name { change(&links[index]) }
    }

    func setup(origins: [SimulatedVendor: String]) throws -> GatewaySetup {
        var connections: [ConfiguredConnection] = []
        for link in links {
            let manifest = link.plugin.vendor.manifest
            let settings = Settings(link.settings)
            let origin =
                switch link.upstream {
                case .simulator(let vendor): origins[vendor] ?? ""
                case .origin(let origin): origin
                }
            let connection = Connection(
                name: link.name,
                vendor: manifest.id,
                origin: origin,
                allowsPrivate: link.allowsPrivate,
                settings: settings,
                zone: try link.zone.map { try ZoneDatabase.system.zone(named: $0) },
                handling: link.handling,
                requiresKey: link.requiresKey,
                journalsKeyless: link.journalsKeyless,
                rateWindows: link.rateWindows,
                facade: facades[link.name],
                headers: manifest.headers.map { $0.filled(settings: settings, secrets: ["token": link.token]) },
                secrets: [link.token]
            )
            connections.append(
                ConfiguredConnection(
                    name: link.name,
                    state: .ready(connection, link.plugin),
                    hooks: link.hooks,
                    proxy: link.proxy
                )
            )
        }
        var setup = GatewaySetup(
            adminHost: "127.0.0.1",
            connections: connections + disabled,
            keys: keys.map { key in
                GatewayKey(
                    sha256: GatewayKey.digest(of: key.token),
                    caller: Caller(
                        name: key.name,
                        connections: Set(key.connections),
                        scopes: key.scopes,
                        identities: key.identities
                    ),
                    limit: key.limit
                )
            },
            eventLoops: eventLoops,
            vendorTimeoutMilliseconds: vendorTimeoutMilliseconds
        )
        setup.settleMilliseconds = settleMilliseconds
        setup.maximumTunnels = maximumTunnels
        setup.inheritedListener = inheritedListener
        setup.makeProxyRecognizer = makeProxyRecognizer
        setup.readsProxiedEntries = readsProxiedEntries
        setup.reconcileMilliseconds = min(settleMilliseconds, 5_000)
        return setup
    }
}

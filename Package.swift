// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is built with: Swift 6 language mode, warnings as errors, and imports that stay private
/// to the file unless they are said to be public (so that a module's dependencies do not leak to its users). Asynchronous
/// functions go on where their caller is: a call has some twenty of them one within another, and each would ask for its
/// executor anew, going in and coming back.
let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Sources also say which module each member comes from. Tests do not: they open sockets, and whether `sockaddr_in` belongs to
/// Glibc or to a C module of SwiftNIO depends on what was built first.
let swiftSettings = testSettings + [.enableUpcomingFeature("MemberImportVisibility")]

let cSettings: [CSetting] = [.treatAllWarnings(as: .error)]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]

let sqlite: [Target.Dependency] = [
    .product(name: "GRDB", package: "GRDB.swift"),
    .product(name: "GRDBSQLite", package: "GRDB.swift"),
]

let package = Package(
    name: "timegate",
    products: [
        .executable(name: "timegate", targets: ["timegate"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // The cellar: C only.
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CLuaShims", dependencies: ["CLua"], cSettings: cSettings),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CJemalloc", pkgConfig: "jemalloc", providers: [.apt(["libjemalloc-dev"])]),

        // The ground: machines that never heard of time entries.
        .target(name: "JSON", swiftSettings: swiftSettings),
        .target(name: "LuaRuntime", dependencies: ["CLuaShims"], swiftSettings: swiftSettings),
        .target(name: "CurlClient", dependencies: ["CCurl"], swiftSettings: swiftSettings),

        // The heart: the entry, the mapping, the pipeline, the problems, the ports.
        .target(name: "GatewayCore", dependencies: ["JSON"], swiftSettings: swiftSettings),

        // The middle: what stands behind the core's ports.
        .target(
            name: "PluginHost",
            dependencies: ["GatewayCore", "LuaRuntime", "JSON"],
            swiftSettings: swiftSettings
        ),

        .target(
            name: "GatewayStore",
            dependencies: ["GatewayCore"] + sqlite,
            swiftSettings: swiftSettings
        ),

        // The front: HTTP in.
        .target(
            name: "GatewayServer",
            dependencies: [
                "GatewayCore", "PluginHost", "CurlClient", "JSON",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ] + nio,
            swiftSettings: swiftSettings
        ),

        // Aside: stand-ins of the vendors, which share no code with what they are the check of.
        .target(name: "VendorSimulators", dependencies: ["JSON"] + nio, swiftSettings: swiftSettings),

        // The roof: commands and wiring.
        .executableTarget(
            name: "timegate",
            dependencies: [
                "GatewayServer", "GatewayCore", "GatewayStore", "PluginHost", "LuaRuntime", "CurlClient",
                "VendorSimulators", "JSON", "CJemalloc",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ] + nio,
            swiftSettings: swiftSettings
        ),

        // What stands between a client and a server in tests, and breaks what they say to each other.
        .target(name: "FaultProxy", path: "Tests/FaultProxy", swiftSettings: testSettings),

        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: testSettings),
        .testTarget(
            name: "LuaRuntimeTests",
            dependencies: ["LuaRuntime", "CLuaShims"],
            exclude: ["library.lua", "library.txt", "patterns.lua", "patterns.txt", "reachable.txt"],
            swiftSettings: testSettings
        ),
        .testTarget(name: "CurlClientTests", dependencies: ["CurlClient", "CCurl"], swiftSettings: testSettings),
        .testTarget(name: "GatewayCoreTests", dependencies: ["GatewayCore", "JSON"], swiftSettings: testSettings),
        .testTarget(
            name: "PluginHostTests",
            dependencies: ["PluginHost", "GatewayCore", "LuaRuntime", "JSON"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "GatewayStoreTests",
            dependencies: ["GatewayStore", "GatewayCore"] + sqlite,
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "VendorSimulatorsTests",
            dependencies: ["VendorSimulators", "JSON"] + nio,
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "GatewayServerTests",
            dependencies: [
                "GatewayServer", "GatewayCore", "GatewayStore", "PluginHost", "CurlClient", "VendorSimulators", "JSON",
                "FaultProxy", .product(name: "Logging", package: "swift-log"),
            ] + nio,
            swiftSettings: testSettings
        ),
        // The command line as a user has it: the built binary, run as a process.
        .testTarget(
            name: "TimegateTests",
            dependencies: [
                "timegate", "GatewayCore", "GatewayServer", "GatewayStore", "JSON", "FaultProxy",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: testSettings
        ),
    ]
)

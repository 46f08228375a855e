// swift-tools-version: 6.2
import PackageDescription

// What the entries need that stay within the Lua runtime and its tests: it is built in seconds, and so most of an hour is saved.

let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "timegate",
    targets: [
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CLuaShims", dependencies: ["CLua"], cSettings: [.treatAllWarnings(as: .error)]),
        .target(
            name: "LuaRuntime",
            dependencies: ["CLuaShims"],
            swiftSettings: testSettings + [.enableUpcomingFeature("MemberImportVisibility")]
        ),
        .testTarget(
            name: "LuaRuntimeTests",
            dependencies: ["LuaRuntime", "CLuaShims"],
            exclude: ["library.lua", "library.txt", "patterns.lua", "patterns.txt", "reachable.txt"],
            swiftSettings: testSettings
        ),
    ]
)

public import Glibc
import Synchronization

/// Stands before the C library's `getaddrinfo` in the test process, so that names can be slow, missing or point anywhere
/// without any network.
///
/// How it works: the dynamic linker looks for a symbol in the executable before it looks in libraries, and the linker
/// exports those symbols of an executable that a library it is linked with refers to. libcurl refers to `getaddrinfo`,
/// so libcurl's resolver threads call this one. Names outside `resolver-test.invalid` go to the C library.
enum ResolverInterposer {
    static let suffix = ".resolver-test.invalid"

    /// How many calls libcurl made for names of the suffix.
    static let calls = Atomic<Int>(0)

    /// Releases those who look up a `slow-…` name. A name stays slow for 20 s at most.
    static let released = Atomic<Bool>(false)

    typealias Function =
        @convention(c) (
            UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<addrinfo>?,
            UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
        ) -> Int32

    static let original: Function = {
        // RTLD_NEXT is a cast macro that Swift cannot import: ((void *) -1).
        let next = UnsafeMutableRawPointer(bitPattern: -1)
        guard let symbol = dlsym(next, "getaddrinfo") else { fatalError("no getaddrinfo in the C library") }
        return unsafeBitCast(symbol, to: Function.self)
    }()

    static func lookUp(
        _ node: UnsafePointer<CChar>?,
        _ service: UnsafePointer<CChar>?,
        _ hints: UnsafePointer<addrinfo>?,
        _ result: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
    ) -> Int32 {
        guard let node, case let name = String(cString: node), name.hasSuffix(suffix) else {
            return original(node, service, hints, result)
        }
        calls.add(1, ordering: .relaxed)
        let label = name.dropLast(suffix.count)
        if label.hasPrefix("slow") {
            for _ in 0..<2_000 where !released.load(ordering: .relaxed) { usleep(10_000) }
            return EAI_AGAIN
        }
        // `to-127-0-0-1` resolves to that address; `to-x2d` writes a hyphen that stands for a colon in IPv6.
        guard label.hasPrefix("to-") else { return EAI_NONAME }
        let address = label.dropFirst(3)
        let text = address.hasPrefix("v6-")
            ? String(address.dropFirst(3).map { $0 == "-" ? ":" : $0 })
            : String(address.map { $0 == "-" ? "." : $0 })
        return text.withCString { original($0, service, hints, result) }
    }
}

@_cdecl("getaddrinfo")
public func interposedGetaddrinfo(
    _ node: UnsafePointer<CChar>?,
    _ service: UnsafePointer<CChar>?,
    _ hints: UnsafePointer<addrinfo>?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
) -> Int32 {
    ResolverInterposer.lookUp(node, service, hints, result)
}

import Glibc
import Synchronization

/// Stands between libcurl and the C library's `getaddrinfo` in the test process, so that names can be slow, missing or
/// point anywhere without any network.
///
/// It writes the address of its own function over libcurl's pointer to `getaddrinfo` (the GOT entry that the dynamic
/// linker filled). A strong symbol in the test executable would do the same, but lld does not export it, since libcurl
/// asks for a *versioned* symbol; LD_PRELOAD would need another process; a resolv.conf of one's own needs root.
///
/// Names under `resolver-test.invalid` are answered here, all others by the C library:
/// `to-127-0-0-1.…` and `to-v6-fd00--1.…` resolve to that address, `slow-….…` hangs, all else does not exist.
enum ResolverInterposer {
    static let suffix = ".resolver-test.invalid"

    /// How many calls libcurl made for names of the suffix.
    static let calls = Atomic<Int>(0)

    /// Ends the waiting of `slow-…` names. They wait for 20 s at most.
    static let released = Atomic<Bool>(false)

    typealias Function =
        @convention(c) (
            UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<addrinfo>?,
            UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
        ) -> Int32

    /// Once for the process; stays. Has to happen before libcurl looks up the first name of a test.
    static let isInstalled: Bool = {
        guard let slot = LoadedLibrary.named("/libcurl.so")?.importSlot(of: "getaddrinfo") else { return false }
        let page = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: slot) & ~UInt(getpagesize() - 1))
        guard mprotect(page, Int(getpagesize()), PROT_READ | PROT_WRITE) == 0 else { return false }
        let replacement: Function = { lookUp($0, $1, $2, $3) }
        slot.storeBytes(of: unsafeBitCast(replacement, to: UInt.self), as: UInt.self)
        return true
    }()

    private static func lookUp(
        _ node: UnsafePointer<CChar>?,
        _ service: UnsafePointer<CChar>?,
        _ hints: UnsafePointer<addrinfo>?,
        _ result: UnsafeMutablePointer<UnsafeMutablePointer<addrinfo>?>?
    ) -> Int32 {
        guard let node, case let name = String(cString: node), name.hasSuffix(suffix) else {
            return getaddrinfo(node, service, hints, result)
        }
        calls.add(1, ordering: .relaxed)
        let label = name.dropLast(suffix.count)
        if label.hasPrefix("slow-") {
            for _ in 0..<2_000 where !released.load(ordering: .relaxed) { usleep(10_000) }
            return EAI_AGAIN
        }
        guard label.hasPrefix("to-") else { return EAI_NONAME }
        let address = label.dropFirst(3)
        let text =
            address.hasPrefix("v6-")
            ? String(address.dropFirst(3).map { $0 == "-" ? ":" : $0 })
            : String(address.map { $0 == "-" ? "." : $0 })
        return text.withCString { getaddrinfo($0, service, hints, result) }
    }
}

/// An ELF library (64 bit) in this process's memory.
struct LoadedLibrary {
    private let base: UnsafeMutableRawPointer

    /// The first library whose path holds this text.
    static func named(_ part: String) -> LoadedLibrary? {
        guard let file = fopen("/proc/self/maps", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        // The lowest mapping of a file comes first: it begins with the ELF header.
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.contains(part), let dash = text.firstIndex(of: "-"),
                let address = UInt(text[..<dash], radix: 16), let base = UnsafeMutableRawPointer(bitPattern: address)
            else { continue }
            return LoadedLibrary(base: base)
        }
        return nil
    }

    /// Where the library keeps its pointer to an imported function.
    ///
    /// Offsets are those of Elf64_Ehdr, Elf64_Phdr, Elf64_Dyn, Elf64_Rela and Elf64_Sym
    /// (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html).
    func importSlot(of name: String) -> UnsafeMutableRawPointer? {
        let headers = base + Int(base.load(fromByteOffset: 32, as: UInt64.self))
        let size = Int(base.load(fromByteOffset: 54, as: UInt16.self))
        let count = Int(base.load(fromByteOffset: 56, as: UInt16.self))
        guard
            let dynamic = (0..<count).map({ headers + $0 * size })
                .first(where: { $0.load(as: UInt32.self) == 2 })  // PT_DYNAMIC
                .map({ base + Int($0.load(fromByteOffset: 16, as: UInt64.self)) })
        else { return nil }
        var table: [UInt64: UInt64] = [:]
        var entry = dynamic
        while entry.load(as: UInt64.self) != 0 {
            table[entry.load(as: UInt64.self)] = entry.load(fromByteOffset: 8, as: UInt64.self)
            entry += 16
        }
        guard let strings = pointer(table[5]), let symbols = pointer(table[6]) else { return nil }  // STRTAB, SYMTAB
        for (start, bytes) in [(table[23], table[2]), (table[7], table[8])] {  // JMPREL/PLTRELSZ, RELA/RELASZ
            guard let start = pointer(start), let bytes else { continue }
            for relocation in stride(from: start, to: start + Int(bytes), by: 24) {
                let symbol = symbols + 24 * Int(relocation.load(fromByteOffset: 8, as: UInt64.self) >> 32)
                let text = strings + Int(symbol.load(as: UInt32.self))
                guard strcmp(text.assumingMemoryBound(to: CChar.self), name) == 0 else { continue }
                return base + Int(relocation.load(as: UInt64.self))
            }
        }
        return nil
    }

    /// glibc turns addresses in the dynamic section into absolute ones; other C libraries leave them relative.
    private func pointer(_ value: UInt64?) -> UnsafeMutableRawPointer? {
        guard let value else { return nil }
        return value < UInt64(UInt(bitPattern: base))
            ? base + Int(value) : UnsafeMutableRawPointer(bitPattern: UInt(value))
    }
}

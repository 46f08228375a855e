internal import GatewayCore
internal import Glibc
internal import LuaRuntime

/// Finds and loads plugins.
public enum PluginLoader {
    /// The names of the plugin folders below a directory, sorted: those that hold a `plugin.lua`.
    public static func names(in directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") || name.hasPrefix("_") { continue }
            if access("\(directory)/\(name)/plugin.lua", R_OK) == 0 { names.append(name) }
        }
        return names.sorted()
    }

    /// Loads `folder/plugin.lua`: compiles and runs it in the sandbox, reads its table, and compiles the field table.
    ///
    /// - Parameter shownAs: how messages name the file; `nil` for `plugins/<name>/plugin.lua`.
    /// - Throws: every fault at once, each with the file and the line.
    public static func load(folder: String, shownAs: String? = nil) throws(PluginFault) -> LoadedPlugin {
        let id = folder.split(separator: "/").last.map(String.init) ?? folder
        let file = shownAs ?? "plugins/\(id)/plugin.lua"
        let bytes = try read("\(folder)/plugin.lua", plugin: id, file: file)
        let definition: LuaValue
        let warnings: [String]
        let globals: [LuaGlobalUse]
        do throws(LuaError) {
            let state = try LuaState(limits: LuaLimits())
            definition = try state.load(source: bytes, chunkName: file)
            warnings = state.warnings
            globals = state.globals
        } catch {
            throw PluginFault(plugin: id, error, file: file, source: bytes)
        }

        let source = PluginSource(bytes)
        var reader = ManifestReader(id: id, file: file, source: source)
        guard let manifest = reader.read(definition) else { throw PluginFault(plugin: id, faults: reader.faults) }
        let vendor: Vendor
        do throws(PlanError) {
            vendor = try Vendor(manifest)
        } catch {
            throw PluginFault(
                plugin: id,
                faults: [
                    PluginFault.Fault(
                        place: error.line > 0 ? "\(file):\(error.line)" : file,
                        message: error.message,
                        excerpt: source.excerpt(line: error.line),
                        hint: ManifestReader.hint
                    )
                ]
            )
        }
        return LoadedPlugin(
            id: id,
            vendor: vendor,
            folder: folder,
            file: file,
            source: bytes,
            functions: reader.functions,
            warnings: warnings,
            globals: globals
        )
    }

    private static func read(_ path: String, plugin: String, file: String) throws(PluginFault) -> [UInt8] {
        guard let bytes = readFile(path, maximum: 256 << 10) else {
            throw PluginFault(
                plugin: plugin,
                faults: [
                    PluginFault.Fault(
                        place: file,
                        message: "The file cannot be read: \(whyUnreadable(path, maximum: 256 << 10)).",
                        hint: "A plugin is a folder with a plugin.lua, a regular file of at most 256 KiB."
                    )
                ]
            )
        }
        return bytes
    }
}

/// Why `readFile` has nothing to give.
func whyUnreadable(_ path: String, maximum: Int) -> String {
    var status = stat()
    guard lstat(path, &status) == 0 else {
        return errno == ENOENT ? "it is not there" : "\(String(cString: strerror(errno)))"
    }
    switch status.st_mode & S_IFMT {
    case S_IFLNK: return "it is a symbolic link, which is not followed"
    case S_IFREG where status.st_size > maximum:
        return "it has \((Int(status.st_size) + 1023) >> 10) KiB, and at most \(maximum >> 10) KiB are read"
    case S_IFREG: return access(path, R_OK) == 0 ? "reading it failed" : "there is no permission to read it"
    default: return "it is no regular file"
    }
}

/// The bytes of a regular file; `nil` if it cannot be read, is a symbolic link, or is larger than allowed.
func readFile(_ path: String, maximum: Int) -> [UInt8]? {
    // To open a pipe would wait for somebody who writes.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximum else {
        return nil
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
        let offset = count
        let got = bytes.withUnsafeMutableBytes { buffer in
            Glibc.read(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
        }
        if got < 0 { return nil }
        if got == 0 { break }
        count += got
    }
    return Array(bytes.prefix(count))
}

import ArgumentParser
import Glibc
import PluginHost

struct PluginNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Begin a plugin: a folder that passes its check and its tests.",
        discussion: "Nothing that is there is written over."
    )

    @Argument(help: "The name of the vendor: lower-case letters, digits, - and _.")
    var name: String

    @OptionGroup var place: PluginPlace

    func validate() throws {
        guard PluginTemplate.isName(name) else {
            throw ValidationError(
                "\"\(name)\" is no name for a plugin: a lower-case letter, then letters, digits, - or _."
            )
        }
    }

    func run() throws {
        let directory = try place.plugins ?? place.directory()
        let folder = "\(directory)/\(name)"
        if FilePaths.isDirectory(folder) || FilePaths.isFile(folder) {
            Output.words.line("There is something at \(folder) already.")
            Output.words.line("  → Take another name, or another directory with --plugins.")
            throw ExitStatus.refused.exit
        }
        do throws(FileContent.Failure) {
            for folder in [directory, folder, "\(folder)/cases", "\(folder)/tests"] { try make(folder) }
            for file in PluginTemplate.files(id: name) {
                let writer = try FileWriter(creating: "\(folder)/\(file.path)", mode: 0o644)
                try writer.write(file.text)
                try writer.close()
                Output.data.line("\(folder)/\(file.path)")
            }
        } catch {
            Output.words.line("\(folder) cannot be written: \(error.reason).")
            throw ExitStatus.fault.exit
        }
        Output.words.line("Next: timegate plugin test \(folder) --watch, and change plugin.lua line by line.")
    }

    private func make(_ directory: String) throws(FileContent.Failure) {
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw .last }
    }
}

struct PluginTypesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "types",
        abstract: "Write what editors need to know of the contract.",
        discussion: """
            Writes _meta/timegate.lua into the directory of the plugins, and .luarc.json beside that directory: annotations \
            for the Lua language server, made from the tables that plugins are checked with.
            """
    )

    @OptionGroup var place: PluginPlace

    @Flag(help: "Write nothing; end with 2 if a file is not what would be written.")
    var verify = false

    func run() throws {
        let directory = try place.directory()
        let files = [
            ("\(directory)/_meta/timegate.lua", ContractTypes.text),
            (
                "\(FilePaths.directory(of: directory))/.luarc.json",
                ContractTypes.settings(plugins: FilePaths.name(of: directory))
            ),
        ]
        var differ: [String] = []
        for (path, text) in files {
            let there = (try? FileContent(readingFrom: path)).map { String(decoding: $0.bytes, as: UTF8.self) }
            if there == text { continue }
            differ.append(path)
            if !verify { try write(text, to: path) }
        }
        for path in differ { Output.data.line(path) }
        if verify, !differ.isEmpty {
            Output.words.line("Not up to date. → timegate plugin types writes them.")
            throw ExitStatus.differences.exit
        }
    }

    private func write(_ text: String, to path: String) throws {
        do throws(FileContent.Failure) {
            mkdir(FilePaths.directory(of: path), 0o755)
            let writer = try FileWriter(creating: path, mode: 0o644)
            try writer.write(text)
            try writer.close()
        } catch {
            Output.words.line("\(path) cannot be written: \(error.reason).")
            throw ExitStatus.fault.exit
        }
    }
}

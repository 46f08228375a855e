import ArgumentParser
import Yams
import Crypto
import GatewayServer
import VendorSimulators

@main
struct Timegate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "timegate", version: "0.1.0")
    func run() async throws {
        let p = try Parser(yaml: "a: 1", resolver: .basic)
        print(try p.singleRoot() as Any)
    }
}

import NIOCore
import NIOPosix
import VendorSimulators

/// The simulators of all vendors.
struct SimulatorFleet {
    /// Ports 9001 to 9005, in the order of `SimulatedVendor`.
    static let defaultBase = 9001

    let simulators: [(vendor: SimulatedVendor, simulator: VendorSimulator)]
    private let group: MultiThreadedEventLoopGroup

    /// - Throws: an error of the socket layer where a port is taken; nothing runs then.
    static func start(_ ports: PortChoice) async throws -> SimulatorFleet {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var started: [(SimulatedVendor, VendorSimulator)] = []
        do {
            for (index, vendor) in SimulatedVendor.allCases.enumerated() {
                var configuration = VendorSimulatorConfiguration(vendor: vendor)
                configuration.port = ports.port(index)
                started.append((vendor, try await VendorSimulator.start(configuration, group: group)))
            }
        } catch {
            for (_, simulator) in started { await simulator.stop() }
            try? await group.shutdownGracefully()
            throw error
        }
        return SimulatorFleet(simulators: started, group: group)
    }

    func stop() async {
        for (_, simulator) in simulators { await simulator.stop() }
        try? await group.shutdownGracefully()
    }

    subscript(vendor: SimulatedVendor) -> VendorSimulator? {
        simulators.first { $0.vendor == vendor }?.simulator
    }
}

import GatewayCore
import Glibc
import VendorSimulators

/// What tests of writes that get lost need: a gateway that looks after them at once, and what came of them.
extension GatewayPlan {
    /// Writes whose outcome is not known are looked after at once, and the simulator goes by the machine's clock, by which the
    /// gateway tells whether an entry is new.
    mutating func settleAtOnce(_ vendor: SimulatedVendor) {
        settleMilliseconds = 50
        vendorTimeoutMilliseconds = 1_000
        simulators[vendor]?.clock = {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        }
    }
}

extension GatewayPlan {
    /// One connection to a vendor's simulator, settled at once, and a key that may do everything.
    static func settling(_ vendor: SimulatedVendor) throws -> GatewayPlan {
        var plan = try GatewayPlan.unrestricted(vendor)
        plan.settleAtOnce(vendor)
        return plan
    }
}

extension TestGateway {
    /// How many entries the vendor has made.
    func creations(_ vendor: SimulatedVendor) -> Int {
        ledger(vendor).count { $0.stored?.operation == "create" }
    }

    /// The last write's row, once it is settled, listed for a person, or gone.
    func settledRow() async throws -> WriteRecord? {
        var record: WriteRecord?
        _ = try await soon {
            record = try await journalled().last
            return record.map { !$0.state.isBeingSettled } ?? true
        }
        return record
    }

    /// The last row of an operation once nothing is left for the gateway to do; `nil` where it was released.
    func settledRow(of operation: GatewayCore.Operation) async throws -> WriteRecord? {
        var record: WriteRecord?
        _ = try await soon {
            record = try await journalled().last { $0.scope.operation == operation }
            return record.map { !$0.state.isBeingSettled } ?? true
        }
        return record
    }
}

extension WriteState {
    /// Whether the gateway still changes it by itself.
    var isBeingSettled: Bool { self == .sending || self == .answered || self == .unknown || self == .reconciling }
}

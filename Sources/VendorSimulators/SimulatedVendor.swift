/// The vendors that have a stand-in here.
public enum SimulatedVendor: String, Sendable, CaseIterable {
    case sonderplan
    case plannr
    case awork
    case hoursmith
    case productive

    /// A token of the vendor's shape, accepted by a simulator whose configuration names no other.
    public var exampleToken: String {
        switch self {
        case .sonderplan: "sonderplan-example-token"
        case .plannr: "plannr-example-token"
        case .awork: "awork-example-token"
        case .hoursmith: "hsk_test_0123456789ab_0123456789abcdef0123456789abcdef"
        case .productive: "00000000-0000-4000-8000-0123456789ab"
        }
    }

    func makeDialect(_ configuration: VendorSimulatorConfiguration) -> any VendorDialect {
        switch self {
        case .sonderplan: SonderplanDialect(configuration)
        case .plannr: PlannrDialect(configuration)
        case .awork: AworkDialect(configuration)
        case .hoursmith: HoursmithDialect(configuration)
        case .productive: ProductiveDialect(configuration)
        }
    }
}

/// The functions that a plugin has, as every call asks for them.
struct PluginFunctions: OptionSet {
    let rawValue: UInt8

    static let authorize = PluginFunctions(rawValue: 1)
    static let validate = PluginFunctions(rawValue: 2)
    static let toVendor = PluginFunctions(rawValue: 4)
    static let fromVendor = PluginFunctions(rawValue: 8)
    static let problem = PluginFunctions(rawValue: 16)
    static let readRequest = PluginFunctions(rawValue: 32)
    static let writeAnswer = PluginFunctions(rawValue: 64)

    /// The two that are asked whether a call may go on.
    static let judges: PluginFunctions = [.authorize, .validate]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ functions: Set<PluginFunction>) {
        self = []
        for function in functions {
            switch function {
            case .authorize: insert(.authorize)
            case .validate: insert(.validate)
            case .toVendor: insert(.toVendor)
            case .fromVendor: insert(.fromVendor)
            case .problem: insert(.problem)
            case .readRequest: insert(.readRequest)
            case .writeAnswer: insert(.writeAnswer)
            case .reconcile: break
            }
        }
    }
}

import GatewayCore
import GatewayServer
import PluginHost

/// The connections of a configuration, one a line: ready, or disabled and why.
enum ConnectionsText {
    static func text(_ connections: [ConfiguredConnection], style: Style, width: Int) -> String {
        var table = TextTable()
        for connection in connections {
            switch connection.state {
            case .ready(let ready, let plugin):
                table.add([
                    TextTable.Cell("ready", style.good),
                    TextTable.Cell(connection.name, style.strong),
                    TextTable.Cell(plugin.vendor.title),
                    TextTable.Cell(ready.origin, style.faint),
                ])
            case .disabled(let vendor, let reason):
                table.add([
                    TextTable.Cell("disabled", style.bad),
                    TextTable.Cell(connection.name, style.strong),
                    TextTable.Cell(vendor),
                    TextTable.Cell(reason),
                ])
            }
        }
        return table.rendered(width: width)
    }
}

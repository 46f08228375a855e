/// Tokens of gateway keys.
enum GatewayToken {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

    /// `tgk_` and 43 letters and digits from the system's random numbers: 256 bits. The beginning lets people and
    /// scanners of code recognise a key that has got where it should not be.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return "tgk_" + String((0..<43).map { _ in alphabet.randomElement(using: &generator) ?? "0" })
    }
}

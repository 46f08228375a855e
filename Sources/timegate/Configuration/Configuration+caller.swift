import GatewayCore

extension Configuration {
    /// The key of that name; without a name the operator.
    ///
    /// An unknown name is reported, and the command ends with it.
    func caller(named name: String?) throws -> Caller {
        guard let name else { return LocalGateway.localOperator(self) }
        if let caller = callers[name] { return caller }
        let names = callers.keys.sorted()
        Output.words.line(
            "There is no key \"\(name)\" in \(file)." + Suggestion.sentence(for: name, among: names)
                + (names.isEmpty ? "" : " There are: \(names.joined(separator: ", ")).")
        )
        throw ExitStatus.refused.exit
    }

    /// What is to be said of a connection that the file does not name; `nil` where it does.
    func problem(ofConnection name: String) -> Problem? {
        if connectionNames.contains(name) { return nil }
        let names = connectionNames.sorted()
        return Problem(
            .unknownConnection,
            "There is no connection \"\(name)\" in \(file)." + Suggestion.sentence(for: name, among: names)
                + " There are: \(names.joined(separator: ", "))."
        )
    }
}

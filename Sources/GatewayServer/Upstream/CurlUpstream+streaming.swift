internal import CurlClient

extension CurlUpstream {
    /// Hands what is told to streamed requests over to the client's thread.
    func send(_ commands: [CurlStreamCommand]) {
        client.send(commands)
    }
}

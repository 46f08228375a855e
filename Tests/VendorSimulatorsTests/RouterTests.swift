import NIOHTTP1
import Testing

@testable import VendorSimulators

@Suite struct RouterTests {
    private enum Operation { case create, get }

    private let router = Router<Operation>([(.POST, "/v1/entries", .create), (.GET, "/v1/entries/{id}", .get)])

    private func request(_ method: HTTPMethod, _ target: String) -> SimulatorRequest {
        SimulatorRequest(
            method: method,
            target: target,
            headers: [:],
            body: [],
            isBodyTooLarge: false,
            isKeepAlive: true
        )
    }

    @Test func operationIsFoundWithItsParameters() {
        guard case .found(.get, let parameters) = router.match(request(.GET, "/v1/entries/7?x=1")) else {
            Issue.record("not found")
            return
        }
        #expect(parameters == ["id": "7"])
    }

    @Test(arguments: ["/v1/entries/", "/v1//entries", "/v1/entries/7/x", "/v1", ""])
    func otherPathIsNotFound(target: String) {
        guard case .notFound = router.match(request(.GET, target)) else {
            Issue.record("\(target) was found")
            return
        }
    }

    @Test func otherMethodNamesThoseThatAreKnown() {
        guard case .otherMethod(let allowed) = router.match(request(.DELETE, "/v1/entries")) else {
            Issue.record("not refused")
            return
        }
        #expect(allowed == ["POST"])
    }
}

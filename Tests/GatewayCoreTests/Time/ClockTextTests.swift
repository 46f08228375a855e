import Testing

@testable import GatewayCore

/// Times of day as vendors write them.
struct ClockTextTests {
    @Test(
        "what is understood",
        arguments: [
            ("08:00", "08:00"), ("8:00", "08:00"), ("08:00:30", "08:00:30"), ("08:00:30.5", "08:00:30.5"),
            ("08:00:00Z", "08:00:00"),
            ("2026-11-20T08:00:00Z", "08:00:00"), ("2026-11-20T08:00:00+00:00", "08:00:00"), ("8:00am", "08:00"),
            ("10:00pm", "22:00"), ("12:00am", "00:00"), ("12:30 PM", "12:30"), ("1:05:09Pm", "13:05:09"),
            ("23:59", "23:59"),
        ]
    )
    func understood(text: String, clock: String) {
        #expect(ClockText.twentyFourHours(text) == clock)
    }

    @Test(
        "what is not understood is no time",
        arguments: [
            "", "8", "10", "08:00 and something", "13:00pm", "0:30am", "08:00+01:00", "T", "a:00", "008:00",
            "8:00 a.m.", "08:00ZZ",
        ]
    )
    func refused(text: String) {
        #expect(ClockText.twentyFourHours(text) == nil)
    }
}

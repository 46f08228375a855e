/// An entry on its way from the caller's words to the vendor's request and back.
///
/// A class: a call that waits holds a reference to it, and what the steps between the waits work with lies on the stack, where
/// all calls find it warm.
final class Draft {
    let call: Call
    let vendor: Vendor
    let rule: Shared<OperationRule>
    let scripts: (any PluginScripts)?
    let upstream: any Upstream
    /// The members that the caller named.
    let asked: [Member]
    var entry: Entry
    /// The times as they were given, before they are fitted to the vendor.
    var given: TimeGroup
    var report: MappingReport
    var scriptCall: ScriptCall?
    /// What was read in the call by now.
    var memory: LookUps.Memory?
    /// What a plan could not find out, in words.
    var undetermined: [String] = []
    /// Once it is mapped.
    var wires: [WireValue] = []
    /// Once it is mapped: the entry as the vendor holds it when it has recorded it.
    var held: Entry
    /// Once it is mapped: how what the vendor leaves out is filled in.
    var merge: AnswerMerge?

    init(
        _ call: Call,
        _ vendor: Vendor,
        _ rule: Shared<OperationRule>,
        _ scripts: (any PluginScripts)?,
        _ upstream: any Upstream,
        asked: [Member],
        _ entry: Entry,
        _ given: TimeGroup,
        _ report: MappingReport
    ) {
        self.call = call
        self.vendor = vendor
        self.rule = rule
        self.scripts = scripts
        self.upstream = upstream
        self.asked = asked
        self.entry = entry
        held = entry
        self.given = given
        self.report = report
        scriptCall = scripts == nil ? nil : ScriptCall(call)
    }
}

internal import JSON

/// Brings a vendor's answer and what was sent together: fills in what the answer leaves out, and reports where it
/// says something else.
struct AnswerMerge {
    let vendor: Vendor
    let isIDOnly: Bool
    let sent: Entry
    let form: TimeForm
    let sentMembers: MemberSet
    /// Members whose text was joined with another, so that the answer cannot be compared.
    let joined: MemberSet
    /// Members that stand in another's text now, and are not members of their own any more.
    let joinedAway: MemberSet
    /// What was sent inside `external_refs` and `custom_fields`.
    let references: [BodyWriter.Reference]
    /// The whole entry that a change leads to, as far as it is known: what the answer leaves out is filled in from it.
    let before: Entry?

    init(
        vendor: Vendor,
        completeness: AnswerCompleteness,
        sent: Entry,
        times: TimeGroup,
        sentMembers: MemberSet,
        joined: MemberSet,
        joinedAway: MemberSet,
        references: [BodyWriter.Reference],
        before: Entry? = nil
    ) {
        self.vendor = vendor
        isIDOnly = completeness == .idOnly
        self.sent = sent
        form = times.form
        self.sentMembers = sentMembers
        self.joined = joined
        self.joinedAway = joinedAway
        self.references = references
        self.before = before
    }

    func merge(_ read: inout BodyReader.Result) {
        var missing: [String] = []
        swap(&missing, &read.missing)
        // What was joined to a text is in the answer's text; where the answer has no text, both are as they were sent.
        let isTextAnswered =
            sent.slots.indices.contains { index in
                let member = sent.slots[index].member
                return joined.contains(member) && !joinedAway.contains(member) && read.entry.has(member)
            } || (read.entry.has(.note) && joined.contains(.note))
        for reference in references { merge(reference, &read, &missing) }
        if isLeftRunning(read.entry), !read.entry.has(.endedAt) {
            read.report.add(
                .inconsistent,
                Member.timerState.path,
                sent: .string("running"),
                why:
                    "\(vendor.title) answers with a running timer, though an end or a length was sent; the answer counts."
            )
        }
        // By number, so that no value is copied to be looked at.
        for index in sent.slots.indices {
            let member = sent.slots[index].member
            guard isSent(member), !(isTextAnswered && joinedAway.contains(member)) else { continue }
            if member == .subjects {
                mergeSubjects(&read, &missing)
            } else if member == .moreSubjects {
                mergeMoreSubjects(sent.slots[index].value, &read, &missing)
            } else if let answered = read.entry[member] {
                compare(member, sent.slots[index].value, answered, &read)
            } else if member != .vendorFields, !sent.slots[index].value.isNull {
                echo(member, sent.slots[index].value, &read, &missing)
            }
        }
        if let before { fill(before, &read, &missing) }
        read.missing = missing
        read.entry[.completeness] = .string(
            isIDOnly ? AnswerCompleteness.idOnly.rawValue : missing.isEmpty ? "full" : "partial"
        )
        if !missing.isEmpty, !isIDOnly {
            read.entry[.missing] = .json(.array(missing.map { .string($0) }))
        }
    }

    /// Who and on what, where the answer to a change does not repeat it.
    private func fill(_ before: Entry, _ read: inout BodyReader.Result, _ missing: inout [String]) {
        for subject in before.subjects where subject.id != nil && !read.nullSubjects.contains(subject.type) {
            if read.entry.subject(subject.type) != nil { continue }
            read.entry.setSubject(subject.type, id: subject.id, name: subject.name)
            let paths = vendor.answers.subjectPath(subject.type)
            if !missing.contains(paths.path) { missing.append(paths.path) }
            read.report.add(.echoed, paths.id, why: "It is not in the answer; it was read before the change.")
        }
        for member in [Member.userID, .activityID] where !read.entry.has(member) && !read.nulls.contains(member) {
            guard let value = before[member] else { continue }
            read.entry[member] = value
            note(member, in: &missing)
            read.report.add(.echoed, member.path, why: "It is not in the answer; it was read before the change.")
        }
    }

    /// Whether the vendor was told the member, by a field of its own or through the form of time.
    private func isSent(_ member: Member) -> Bool {
        switch member {
        case .startedAt, .endedAt: form.hasInstants || (member == .startedAt && form == .running)
        case .durationSeconds: form != .running
        case .workDate: true
        case .timerState: form == .running
        default: sentMembers.contains(member)
        }
    }

    /// Whether an entry that was sent with its end or its length is answered as a timer that runs.
    private func isLeftRunning(_ answered: Entry) -> Bool {
        form != .running && answered.timerState == "running" && (sent.endedAt != nil || sent.durationSeconds != nil)
    }

    private func note(_ member: Member, in missing: inout [String]) {
        let path = member.description.group ?? member.path
        if !missing.contains(path) { missing.append(path) }
    }

    private func mergeSubjects(_ read: inout BodyReader.Result, _ missing: inout [String]) {
        for subject in sent.subjects where subject.id != nil {
            if let answered = read.entry.subject(subject.type)?.id {
                if !isSameID(answered, subject.id ?? "") {
                    read.report.add(
                        .inconsistent,
                        "subjects.\(subject.type).id",
                        asked: subject.id.map { .string($0) },
                        sent: .string(answered),
                        why: "\(vendor.title) answers with another one than was sent."
                    )
                }
                continue
            }
            if read.nullSubjects.contains(subject.type) {
                read.report.add(
                    .inconsistent,
                    "subjects.\(subject.type).id",
                    asked: subject.id.map { .string($0) },
                    sent: .null,
                    why: "\(vendor.title) answers with null; the subject that was sent is not there."
                )
                continue
            }
            read.entry.setSubject(subject.type, id: subject.id)
            let paths = vendor.answers.subjectPath(subject.type)
            if !missing.contains(paths.path) { missing.append(paths.path) }
            read.report.add(.echoed, paths.id, why: "It is not in the answer; it was sent.")
        }
    }

    /// Further subjects are echoed only where the answer has nothing of their type: a list that the vendor answers is
    /// the whole list.
    private func mergeMoreSubjects(_ value: Value, _ read: inout BodyReader.Result, _ missing: inout [String]) {
        let types = (value.json.array ?? []).compactMap { $0["type"]?.string }
        let isAnswered =
            read.entry.has(.moreSubjects)
            || !missing.contains { path in
                types.contains { path == "subjects.\($0)" }
            }
        if !isAnswered { echo(.moreSubjects, value, &read, &missing) }
    }

    private func merge(_ reference: BodyWriter.Reference, _ read: inout BodyReader.Result, _ missing: inout [String]) {
        guard let asked = sent[reference.member]?.json.value(at: reference.path), !asked.isNull else { return }
        var object = read.entry[reference.member]?.json ?? .object(JSONObject())
        if let answered = object.value(at: reference.path) {
            if answered.isEquivalent(to: asked) { return }
            read.report.add(
                .inconsistent,
                reference.text,
                asked: WireValue(asked),
                sent: WireValue(answered),
                why: "\(vendor.title) answers with another value than was sent; the answer counts."
            )
            return
        }
        object.set(asked, at: reference.path)
        read.entry[reference.member] = .json(object)
        if !missing.contains(reference.member.path) { missing.append(reference.member.path) }
        read.report.add(.echoed, reference.text, why: "It is not in the answer; it was sent.")
    }

    private func compare(_ member: Member, _ asked: Value, _ answered: Value, _ read: inout BodyReader.Result) {
        guard !joined.contains(member), member != .timeZone, member != .vendorFields else { return }
        if asked.means(answered, within: vendor.answers.precision(of: member)) { return }
        if let a = asked.string, let b = answered.string, isSameID(a, b) { return }
        read.report.add(
            .inconsistent,
            member.path,
            asked: WireValue(asked.json),
            sent: WireValue(answered.json),
            why: "\(vendor.title) answers with another value than was sent; the answer counts."
        )
    }

    private func echo(_ member: Member, _ value: Value, _ read: inout BodyReader.Result, _ missing: inout [String]) {
        if read.nulls.contains(member) {
            read.report.add(
                .inconsistent,
                member.path,
                asked: WireValue(value.json),
                sent: .null,
                why: "\(vendor.title) answers with null; the value that was sent is not there."
            )
            return
        }
        // A timer that runs has neither end nor length.
        if member == .endedAt || member == .durationSeconds, isLeftRunning(read.entry) {
            return note(member, in: &missing)
        }
        // An end that the vendor has no field for follows from the start, and goes with it.
        if member == .endedAt, !vendor.answers.has(.endedAt), !read.entry.has(.startedAt) { return }
        // A start or end beside another length would be a contradiction of our own making.
        if member == .endedAt || member == .startedAt, let length = read.entry.durationSeconds,
            let asked = sent.durationSeconds, abs(length - asked) >= 60
        {
            read.report.add(
                .inconsistent,
                member.path,
                asked: WireValue(value.json),
                why:
                    "It is not in the answer, whose length is another one than was sent, so that it may not be as it was sent."
            )
            return note(member, in: &missing)
        }
        read.entry[member] = value
        if member != .timerState { note(member, in: &missing) }
        let isInTimes = member == .workDate && !sentMembers.contains(.workDate) && form != .dateDuration
        read.report.add(
            .echoed,
            member.path,
            why: isInTimes
                ? "It is not in the answer; the start and end were sent." : "It is not in the answer; it was sent."
        )
    }
}

extension Entry {
    /// Which form of time an answer has.
    var shapeName: String? {
        if timerState == "running" { return TimeForm.running.rawValue }
        switch (startedAt != nil, endedAt != nil, durationSeconds != nil, workDate != nil) {
        case (true, true, _, _): return TimeForm.interval.rawValue
        case (true, false, true, _): return TimeForm.startDuration.rawValue
        case (false, true, true, _): return TimeForm.endDuration.rawValue
        case (false, false, true, true): return TimeForm.dateDuration.rawValue
        case (false, false, true, false): return TimeForm.durationOnly.rawValue
        default: return nil
        }
    }
}

extension JSONValue {
    /// The value at a path of object members.
    func value(at path: [String]) -> JSONValue? {
        var value = self
        for name in path {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }

    /// Sets a value inside objects, which are made where they are missing.
    mutating func set(_ value: JSONValue, at path: [String]) {
        guard let first = path.first else {
            self = value
            return
        }
        var object = self.object ?? JSONObject()
        var inner = object[first] ?? .object(JSONObject())
        inner.set(value, at: Array(path.dropFirst()))
        object[first] = inner
        self = .object(object)
    }
}

internal import JSON

/// What no line of the table has taken: refused, or dropped and reported.
extension BodyWriter {
    func checkLeftOver(_ entry: Entry, _ state: inout State) {
        checkSubjects(entry, &state)
        checkReferences(entry, &state)
        // By number, so that no value is copied to be looked at.
        for index in entry.slots.indices {
            let member = entry.slots[index].member
            guard !state.sent.contains(member), !entry.slots[index].value.isNull else { continue }
            checkLeftOver(member, entry.slots[index].value, entry, &state)
        }
    }

    private func checkLeftOver(_ member: Member, _ value: Value, _ entry: Entry, _ state: inout State) {
        switch member {
        case .subjects, .moreSubjects, .externalRefs, .customFields, .vendorFields: break
        case .startedAt, .endedAt, .durationSeconds, .duration, .timerState: break
        case .workDate:
            if let day = localDay, let zone = localZone {
                // A day that nobody has named is that of the clocks that show the instant.
                if day != entry.workDate, times?.isWorkDateDerived != true { refuseOtherDay(day, zone, value, &state) }
            } else if !isDayOfTimes(entry.workDate) {
                leftOver(.workDate, value, .critical, &state)
            }
        case .breakSeconds:
            if value.integer != 0 { leftOver(.breakSeconds, value, .value, &state) }
        case .userID: checkUser(value, &state)
        case .activityName where state.sent.contains(.activityID) && entry.has(.activityID):
            leftOver(.activityName, value, .advisory, &state)
        case .activityID where state.sent.contains(.activityName) && entry.has(.activityName):
            leftOver(.activityID, value, .advisory, &state)
        default: leftOver(member, value, member.lossClass, &state)
        }
    }

    /// The day on which the vendor has the entry, where the start goes out as the clocks of a zone show it.
    private var localDay: CivilDate? {
        guard plan.writesLocalStart, let times, times.form.hasInstants || times.form == .running else { return nil }
        return times.startedAt.flatMap { localZone?.localDate(of: $0) }
    }

    /// Where a start and an end go out as clocks show them and the clocks change in between, the two differ by another length
    /// than the work has.
    func noteClockChange(_ entry: Entry, _ state: inout State) {
        guard !plan.writesTimeZone, let times, times.form == .interval, let zone = localZone,
            let start = times.startedAt,
            let end = times.endedAt, plan.converter(of: .endedAt)?.isLocal == true
        else { return }
        let change = zone.offset(at: end).offsetSeconds - zone.offset(at: start).offsetSeconds
        if change == 0 { return }
        let length = end.epochSeconds - start.epochSeconds
        state.report.add(
            .inconsistent,
            Member.endedAt.path,
            asked: .integer(length),
            sent: .integer(length + Int64(change)),
            why:
                "The clocks of \(zone.name) change in between, and \(title) is sent local times: from the first to the last they "
                + "differ by so many seconds, and where it counts by them it holds that length."
        )
    }

    private func refuseOtherDay(_ day: CivilDate, _ zone: Zone, _ value: Value, _ state: inout State) {
        state.faults.append(
            FieldError(
                .unrepresentable,
                Member.workDate.path,
                "\(title) is sent local times without a zone and reads them in \(zone.name), where the entry begins on \(day) and "
                    + "not on \(value.json.string ?? ""): it would stand under another day.",
                hint:
                    "Give the times and the day as the clocks of \(zone.name) show them, or leave time_zone and work_date away."
            )
        )
    }

    /// Whether a day that has no field of its own shows in the times that are sent.
    private func isDayOfTimes(_ day: CivilDate?) -> Bool {
        guard let times, times.form.hasInstants || times.form == .running else { return false }
        guard let start = times.startedAt else { return true }
        return [start.localDate, times.zone?.localDate(of: start)].contains(day)
    }

    func checkUser(_ value: Value, _ state: inout State) {
        guard let impliedUser else {
            leftOver(.userID, value, .critical, &state)
            return
        }
        guard let id = impliedUser.id, !isSameID(value.string ?? "", id) else {
            if impliedUser.id == nil {
                state.faults.append(
                    FieldError(
                        .userNotSettable,
                        "user.id",
                        "\(title) records time for the user of its token, and the connection does not say who that is "
                            + "(settings.\(impliedUser.settingName)).",
                        hint: "Leave user away, or let the operator set \(impliedUser.settingName)."
                    )
                )
            } else {
                state.sent.insert(.userID)
            }
            return
        }
        state.faults.append(
            FieldError(
                .userNotSettable,
                "user.id",
                "\(title) records time for the user of its token, who is \(id), not \(value.string ?? "")."
            )
        )
    }

    func checkSubjects(_ entry: Entry, _ state: inout State) {
        let known = plan.subjectTypes
        for subject in entry.subjects where !subject.isNull {
            if !known.contains(subject.type) {
                state.faults.append(
                    FieldError(
                        .unrepresentable,
                        "subjects.\(subject.type)",
                        "\(title) books no time on a \(subject.type); it takes \(known.joined(separator: ", "))."
                            + Suggestion.sentence(for: subject.type, among: known),
                        hint: "A subject is never dropped: use one of the types that \(title) takes."
                    )
                )
            } else if subject.id == nil, !state.subjects.contains(subject.type) {
                state.faults.append(
                    FieldError(
                        .required,
                        "subjects.\(subject.type).id",
                        "\(title) needs the id of the \(subject.type)."
                    )
                )
            } else if subject.name != nil, subject.id != nil, !state.subjectNames.contains(subject.type) {
                state.report.add(
                    .dropped,
                    "subjects.\(subject.type).name",
                    asked: subject.name.map { .string($0) },
                    why: "\(title) takes the id; the name is its own."
                )
            }
        }
        guard let more = entry[.moreSubjects]?.json.array else { return }
        for subject in more.compactMap(Subject.init(listElement:)) where !plan.listTypes.contains(subject.type) {
            state.faults.append(
                FieldError(
                    .unrepresentable,
                    "more_subjects",
                    "\(title) takes one \(subject.type) only.",
                    hint: "Leave more_subjects away; a subject is never dropped."
                )
            )
        }
    }

    func checkReferences(_ entry: Entry, _ state: inout State) {
        if entry.has(.externalRefs) { checkExternalReferences(entry.externalRefs, &state) }
        guard let fields = entry[.customFields]?.json.object else { return }
        for member in fields
        where !member.value.isNull && !state.references.contains(Reference(member: .customFields, path: [member.key])) {
            loseOrRefuse("custom_fields.\(member.key)", WireValue(member.value), .value, nil, &state)
        }
    }

    private func checkExternalReferences(_ references: JSONObject, _ state: inout State) {
        for system in references {
            if system.value.object == nil, !system.value.isNull {
                loseOrRefuse("external_refs.\(system.key)", WireValue(system.value), .value, nil, &state)
            }
            for member in system.value.object ?? JSONObject()
            where !member.value.isNull
                && !state.references.contains(Reference(member: .externalRefs, path: [system.key, member.key]))
            {
                loseOrRefuse(
                    "external_refs.\(system.key).\(member.key)",
                    WireValue(member.value),
                    .value,
                    nil,
                    &state
                )
            }
        }
    }

    func leftOver(_ member: Member, _ value: Value, _ lossClass: LossClass, _ state: inout State) {
        let answerLine = answers.lines.first { $0.target == .member(member) }?.field
        state.held.note(member, nil)
        loseOrRefuse(member.path, WireValue(value.json), lossClass, answerLine, &state)
    }

    func loseOrRefuse(
        _ path: String,
        _ asked: WireValue,
        _ lossClass: LossClass,
        _ answerLine: FieldLine?,
        _ state: inout State
    ) {
        let reason =
            if let answerLine {
                answerLine.why ?? "\(title) sets \(answerLine.vendorField) itself."
            } else {
                "\(title) has no field for it."
            }
        switch lossClass {
        case .critical:
            state.faults.append(
                FieldError(
                    .unrepresentable,
                    path,
                    "\(path) cannot be sent. \(reason)",
                    hint: "It is never dropped: leave it away or use a vendor that has it."
                )
            )
        case .value where !handling.isLenient:
            state.faults.append(
                FieldError(
                    .unrepresentable,
                    path,
                    "\(path) (\(asked.json.serialized(.compact))) cannot be sent: \(reason) "
                        + "The entry would be recorded without it.",
                    vendorField: answerLine?.vendorField,
                    hint: "Leave \(path) away, or allow the loss with Prefer: handling=lenient."
                )
            )
        case .value, .advisory, .bookkeeping:
            state.report.add(.dropped, path, vendorField: answerLine?.vendorField, asked: asked, why: reason)
        }
    }
}

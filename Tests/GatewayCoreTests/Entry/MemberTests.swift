import Testing

@testable import GatewayCore

@Suite("Member")
struct MemberTests {
    @Test("there are no more members than a MemberSet has bits")
    func count() {
        #expect(Member.allCases.count <= 64)
        #expect(Member.allCases.map(\.rawValue) == (0..<UInt8(Member.allCases.count)).map { $0 })
    }

    @Test("paths are unique, and lead back to their member")
    func paths() {
        #expect(Set(Member.allCases.map(\.path)).count == Member.allCases.count)
        for member in Member.allCases { #expect(Member(path: member.path) == member) }
        #expect(Member(path: "user") == nil)
        #expect(Member(path: "user.nickname") == nil)
    }

    @Test("the members of one object stand together, so that an entry is written in one pass")
    func groups() {
        var closed: Set<String> = []
        var open: String?
        for member in Member.allCases {
            let object = member.path.split(separator: ".").dropLast().joined(separator: ".")
            let top = member.description.group
            if top != open {
                if let open { closed.insert(open) }
                open = top
            }
            if let top { #expect(!closed.contains(top), "\(member.path) stands apart from its group") }
            #expect(object.isEmpty == (top == nil))
        }
        let inBy = Member.allCases.filter { $0.path.hasPrefix("approval.by.") }
        #expect(inBy == [.approvalByID, .approvalByName])
    }

    @Test("every member says in a sentence what it is")
    func summaries() {
        for member in Member.allCases {
            #expect(member.description.summary.hasSuffix("."))
            #expect(member.description.summary.count > 3)
        }
    }

    @Test("who, on what and on which day are critical, and nothing else is")
    func critical() {
        let critical = Member.allCases.filter { $0.lossClass == .critical }
        #expect(critical == [.workDate, .userID, .subjects, .moreSubjects])
    }
}

@Suite("MemberSet")
struct MemberSetTests {
    @Test("a set holds exactly what was put in, for each member alone")
    func each() {
        for member in Member.allCases {
            let set: MemberSet = [member]
            #expect(Member.allCases.filter(set.contains) == [member])
        }
    }

    @Test("sets of members behave as sets do, whatever the order")
    func asSets() {
        var random = SeededRandom(seed: 64)
        for _ in 0..<200 {
            let left = Member.allCases.filter { _ in Bool.random(using: &random) }
            let right = Member.allCases.filter { _ in Bool.random(using: &random) }
            var union = MemberSet(left.shuffled(using: &random))
            union.formUnion(MemberSet(right))
            #expect(Member.allCases.filter(union.contains) == Member.allCases.filter { (left + right).contains($0) })
            #expect(MemberSet(left) == MemberSet(left.reversed()))
        }
    }
}

import LuaRuntime
import Testing

// L15, L16, L18, L19, L21 of the table of threats: what a script sends out. L17 is in LuaValueTests.

@Suite("L15 error objects") struct ErrorObjectTests {
    @Test(arguments: [
        ("error({})", "error raised with a table instead of a message; to refuse, return nil and a table"),
        ("error(nil)", "error raised without a message"),
        ("error()", "error raised without a message"),
        ("error(0/0)", "-nan"),
        ("error(42)", "42"),
        ("error(1.5)", "1.5"),
        ("error(true)", "error raised with a boolean instead of a message; to refuse, return nil and a table"),
        ("error(json.null)", "error raised with a userdata instead of a message; to refuse, return nil and a table"),
        ("error(tostirng(1))", "unknown global 'tostirng'; did you mean 'tostring'?"),
        (
            "error(function() end)",
            "error raised with a function instead of a message; to refuse, return nil and a table"
        ),
    ])
    func oddObjectGivesText(body: String, message: String) throws {
        let error = try failure(body)
        #expect(error.kind == .runtime)
        #expect(error.message == message || (message == "-nan" && error.message == "nan"))
        #expect(error.line == 2)
    }

    @Test func longMessageIsCut() throws {
        let error = try failure("error(('ä'):rep(500000))")
        #expect(error.message.utf8.count <= 2048)
        #expect(error.message.utf8.count > 2000)
        #expect(error.message.hasSuffix("…"))
    }

    @Test func badBytesInAMessageAreReplacedAndEscaped() throws {
        let error = try failure("error('a\\xff\\0\\r\\nb\\u{202e}c\\x1b[31m\\u{85}', 0)")
        #expect(error.message == "a\u{FFFD}\\x00\\r\\nb\\xe2\\x80\\xaec\\x1b[31m\\xc2\\x85")
    }
}

@Suite("L16 results that do not fit") struct BadResultTests {
    @Test(arguments: [
        ("local t = {} t.t = t return t", "result.t: a table inside itself"),
        ("local a, b = {}, {} a.b = b b.list = {1, a} return a", "result.b.list[2]: a table inside itself"),
        ("local t = {} for i = 1, 40 do t = {t} end return t", "nested more than 32 deep"),
        ("local t = {} for i = 1, 10001 do t[i] = i end return t", "more than 10000 values"),
        ("local t = {} for i = 1, 10001 do t['k' .. i] = i end return t", "more than 10000 values"),
        ("local t = {} for i = 1, 3 do t[i] = ('x'):rep(500000) end return t", "more than 1048576 bytes in one result"),
        ("return {fields = {1, 2, {name = print_ or function() end}}}", "unknown global"),
        ("return {fields = {1, 2, {name = function() end}}}", "result.fields[3].name: a function"),
        ("return {1, 2, x = 3}", "result: a table with both list elements and named fields"),
        ("return {a = {1, nil, 3}}", "result.a: a list that has no element 2 but others"),
        ("return {[2] = 1}", "result: a list that does not begin at 1"),
        ("return {[1.5] = 1}", "result: a list that does not begin at 1"),
        ("return {[true] = 1}", "result: a table with a boolean as a key"),
        ("return {[{}] = 1}", "result: a table with a table as a key"),
        ("local a = json.array{1} a.x = 2 return a", "result: an array with named fields"),
        ("return 1, {['a b'] = {[\"\\n\"] = 0/0}}", "result 2[\"a b\"][\"\\n\"]: a number that is NaN"),
        ("return {x = 1/0}", "result.x: a number that is infinite"),
        ("return {x = '\\xff'}", "result.x: a string that is not UTF-8"),
        ("return {['\\xff'] = 1}", "a string that is not UTF-8"),
        ("return 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17", "more than 16 results"),
    ])
    func resultIsRefusedWithItsPlace(body: String, message: String) throws {
        let script = try Script(body: body)
        let error = try script.fails()
        #expect(error.kind == (message == "unknown global" ? .runtime : .badResult))
        #expect(error.message.contains(message))
        #expect(!script.state.isDead)
    }

    @Test func sharedTableIsNoCycle() throws {
        #expect(try evaluate("local t = {1} return {a = t, b = t}") == [["a": [1], "b": [1]]])
    }

    @Test func definitionIsRefusedWithItsPlace() throws {
        #expect(
            try loadFailure("local t = {} t.fields = {t} return t").message
                == "definition.fields[1]: a table inside itself"
        )
        #expect(try loadFailure("return {[1.5] = 1}").message.contains("a key that is a fraction"))
    }
}

@Suite("L18 addresses") struct AddressTests {
    @Test func nothingShowsAnAddress() throws {
        let results = try evaluate(
            """
            local texts = {}
            local function add(...) for i = 1, select("#", ...) do texts[#texts + 1] = tostring((select(i, ...))) end end
            add({}, add, string, string.rep, json.null, nil, true)
            add(string.format("%s %s %s", {}, add, json.null))
            for _, f in ipairs{
                function() return {} .. "" end, function() return {} < {} end, function() return ("x")() end,
                function() error({}) end, function() return string.rep({}) end, function() return add + 1 end,
                function() return #add end, function() for i = 1, {} do end end, function() table.sort({{}, {}}) end,
                function() table.concat({{}}) end, function() json.array(add) end, function() tonumber({}, 10) end,
                function() ("x"):gsub("x", function() return {} end) end, function() return math.floor({}) end,
                function() return pairs({[{}] = 1}) end, function() json.null.x = 1 end,
                function() return string.format("%p", {}) end,
            } do add(select(2, pcall(f))) end
            return table.concat(texts, "\\n")
            """
        )
        let text = try #require(results.first?.string)
        #expect(!text.contains("0x"))
        #expect(text.hasPrefix("table\nfunction\ntable\nfunction\nnull\nnil\ntrue\ntable function null\n"))
        #expect(text.contains("attempt to index a null value"))
    }
}

@Suite("L19 same input, same bytes") struct DeterminismTests {
    @Test func pairsHasAFixedOrder() throws {
        let body = """
            local t, order = {}, {}
            for i = 200, 1, -1 do t["key" .. i] = i end
            for i = 50, 1, -3 do t[i] = i t[i + 0.5] = i end
            t[true], t[false], t[-1], t[1 << 53], t[2^53 + 2] = 1, 1, 1, 1, 1
            for k in pairs(t) do order[#order + 1] = tostring(k) end
            local byNext, k = {}, nil
            repeat k = next(t, k) byNext[#byNext + 1] = k ~= nil and tostring(k) or nil until k == nil
            return table.concat(order, " "), table.concat(byNext, " ")
            """
        let first = try evaluate(body, limits: .instructionsOnly)
        #expect(first[0] == first[1])
        #expect(first[0].string?.hasPrefix("-1 2 2.5 5 5.5 8") == true)
        #expect(first[0].string?.hasSuffix("key98 key99 false true") == true)
        for _ in 0..<50 { #expect(try evaluate(body, limits: .instructionsOnly) == first) }
    }

    @Test func keysSetToNilMeanwhileAreLeftOut() throws {
        #expect(
            try evaluate("local t, n = {a = 1, b = 2, c = 3}, 0 for k in pairs(t) do t.b = nil n = n + 1 end return n")
                == [2]
        )
    }

    @Test func keysWithoutAnOrderAreRefused() throws {
        #expect(
            try failure("for k in pairs({[{}] = 1}) do end").message
                == "a table with a table as a key has no fixed order"
        )
    }

    @Test func sameCallGivesTheSameMessageAThousandTimes() throws {
        let source = """
            return {f = function(entry)
                local out = {}
                for k, v in pairs(entry) do out[v .. k] = {k, v, tostring(v / 3)} end
                return out, tostring(2^53), string.format("%.17g %a", 0.1, 1 / 3)
            end}
            """
        let entry = LuaValue.object(
            LuaObject((0..<40).map { .init(name: "member\($0 * 7919 % 41)", value: .integer(Int64($0))) })
        )
        let first = try Script(source).returns("f", entry)
        let names = try #require(first.first?.object).members.map(\.name)
        #expect(names.count == 40)
        #expect(names == names.sorted())
        let script = try Script(source)
        for _ in 0..<1000 { #expect(try script.returns("f", entry) == first) }
    }
}

@Suite("L21 log") struct LogTests {
    @Test func floodIsCapped() throws {
        let lines = LogLines()
        let script = try Script(body: "for i = 1, 100000 do log('line') end return true", log: lines.receive)
        let step = try script.step()
        #expect(try step.results() == [true])
        #expect(lines.all.count == 100)
        #expect(step.usage.logLines == 100)
        #expect(step.usage.logLinesDropped == 99_900)
        _ = try script.step()
        #expect(lines.all.count == 200)
    }

    @Test func lineIsEscapedAndCut() throws {
        let lines = LogLines()
        let script = try Script(
            body: """
                log('a\\r\\nb\\0\\u{2028}\\xff')
                log(('x'):rep(5000))
                log('warning', {})
                log(42)
                log(nil)
                log('error', nil)
                """,
            log: lines.receive
        )
        _ = try script.returns()
        let all = lines.all
        #expect(all.map(\.level) == [.info, .info, .warning, .info, .info, .error])
        #expect(all[0].text == "a\\r\\nb\\x00\\xe2\\x80\\xa8\u{FFFD}")
        #expect(all[1].text.utf8.count <= 1024)
        #expect(all[1].text.hasSuffix("x…"))
        #expect(all[2...].map(\.text) == ["table", "42", "nil", "nil"])
    }

    @Test func unknownLevelIsAnErrorAndNothingIsAnError() throws {
        #expect(try failure("log('loud', 'x')").message == "bad argument #1 to 'log' (invalid option 'loud')")
        #expect(try failure("log()").message.contains("value expected"))
    }

    @Test func withoutASinkLinesGoNowhere() throws {
        #expect(try evaluate("log('x') return 1") == [1])
    }
}

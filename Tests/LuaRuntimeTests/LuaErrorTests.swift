import LuaRuntime
import Testing

@Suite("Errors") struct LuaErrorTests {
    @Test func runtimeErrorHasPlaceExcerptAndFrames() throws {
        let script = try Script(
            """
            local function inner(entry)
            \tlocal user = entry.user
            \treturn user.id.name.first -- who
            end

            return {
                authorize = function(entry)
                    local name = inner(entry)
                    return name
                end,
            }
            """
        )
        let error = try script.fails("authorize", ["user": ["id": [:]]])
        #expect(error.kind == .runtime)
        #expect(error.message == "attempt to index a nil value (field 'name')")
        #expect(error.chunk == "plugins/test/plugin.lua")
        #expect(error.line == 3)
        #expect(error.function == "authorize")
        #expect(
            error.excerpt == """
                  1 | local function inner(entry)
                  2 |     local user = entry.user
                > 3 |     return user.id.name.first -- who
                  4 | end
                  5 |
                """
        )
        #expect(
            error.traceback == [
                "plugins/test/plugin.lua:3: in upvalue 'inner'",
                "plugins/test/plugin.lua:8: in function defined at line 7",
            ]
        )
        #expect(
            error.description
                == "plugins/test/plugin.lua:3: authorize: attempt to index a nil value (field 'name')"
        )
    }

    @Test func syntaxErrorHasPlaceAndExcerpt() throws {
        let error = try loadFailure("local x = 1\nlocal y = = 2\nreturn {}")
        #expect(error.kind == .syntax)
        #expect(error.line == 2)
        #expect(error.message == "unexpected symbol near '='")
        #expect(error.excerpt == "  1 | local x = 1\n> 2 | local y = = 2\n  3 | return {}")
        #expect(error.function == nil)
    }

    @Test func errorAtLevelTwoIsTheCallersLine() throws {
        let error = try failure("local function check(x)\n error('bad x', 2)\nend\ncheck(1)")
        #expect(error.message == "bad x")
        #expect(error.line == 5)
    }

    @Test func errorRaisedAgainKeepsItsFirstPlace() throws {
        let error = try failure("local ok, message = pcall(function()\n local x = nil + 1\nend)\nerror(message, 0)")
        #expect(error.message == "attempt to perform arithmetic on a nil value")
        #expect(error.line == 3)
    }

    @Test func longChunkNameDoesNotHideTheLine() throws {
        let state = try LuaState()
        let name = "plugins/" + String(repeating: "a-very-long-folder-name/", count: 8) + "plugin.lua"
        let source = "return {f = function()\n error('x')\nend}"
        let definition = try state.load(source: Array(source.utf8), chunkName: name)
        let error = try state.call(#require(definition.table?["f"]?.function), named: "f", []).error()
        #expect(error.message == "x")
        #expect(error.line == 2)
        #expect(error.chunk == name)
    }

    @Test func sourceThatIsNotTextIsRefusedWithItsLine() throws {
        let error = try loadFailure(Array("return {\n  'a".utf8) + [0xFF] + Array("'}".utf8))
        #expect(error.kind == .syntax)
        #expect(error.line == 2)
        #expect(error.message == "the file is not UTF-8 here")
    }

    @Test func errorWhileLoadingIsARuntimeError() throws {
        let error = try loadFailure("local t = {}\n\nreturn t.x.y")
        #expect(error.kind == .runtime)
        #expect(error.line == 3)
        #expect(error.traceback == ["plugins/test/plugin.lua:3: in main chunk"])
    }

    @Test func misspeltGlobalNamesTheNearest() throws {
        #expect(try failure("return strng.rep").message == "unknown global 'strng'; did you mean 'string'?")
        #expect(try failure("return tpye(1)").message == "unknown global 'tpye'; did you mean 'type'?")
        #expect(try failure("return something_else").message == "unknown global 'something_else'")
        #expect(try failure("return os.time()").message.contains("the time is an input of the call"))
        let script = try Script("function helper() end\nreturn {f = function() return helpr() end}")
        #expect(try script.fails().message == "unknown global 'helpr'; did you mean 'helper'?")
    }

    @Test func wrongArgumentNamesTheFunction() throws {
        #expect(try failure("string.rep()").message == "bad argument #1 to 'rep' (string expected, got no value)")
        #expect(try failure("('x'):rep({})").message == "bad argument #1 to 'rep' (number expected, got table)")
        #expect(try failure("tonumber({}, 10)").message == "bad argument #1 to 'tonumber' (string expected, got table)")
    }

    @Test func deepTracebackIsBounded() throws {
        let error = try failure(
            "local function f(n) if n == 0 then error('deep') end return 1 + f(n - 1) end return f(100)"
        )
        #expect(error.traceback.count == 12)
        #expect(error.traceback.allSatisfy { $0.utf8.count <= 200 })
    }

    @Test func excerptShowsNothingHidden() throws {
        let error = try loadFailure("-- a\u{202E}b\u{7}\r\n" + String(repeating: "x", count: 500) + " = = 1")
        #expect(error.excerpt == "  1 | -- a?b?\n> 2 | " + String(repeating: "x", count: 120) + "…")
    }

    @Test func deadlineErrorNamesTheLineThatRan() throws {
        let limits = LuaLimits.instructionsOnly.with {
            $0.softDeadlineNanoseconds = 10_000_000; $0.instructionsPerCall = .max
        }
        let error = try failure("local x = 0\nwhile true do\n x = x + 1\nend", limits: limits)
        #expect(error.message == "stopped after running for 10 ms; look for a loop that does too much")
        #expect(error.line == 3 || error.line == 4)
    }
}

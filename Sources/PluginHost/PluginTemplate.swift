/// The folder that a new plugin begins with: it loads, passes its check and its tests, and says what to change first.
public enum PluginTemplate {
    /// The files by their paths in the folder.
    ///
    /// - Parameter id: the name of the folder: lower-case letters, digits and `-` or `_`.
    public static func files(id: String) -> [(path: String, text: String)] {
        let title = id.prefix(1).uppercased() + id.dropFirst()
        return [
            ("plugin.lua", plugin(id, title)), ("cases/create.json", create), ("cases/answer.json", answer),
            ("cases/refusal.json", refusal(title)), ("tests/create.lua", test), ("README.md", readme(id, title)),
        ]
    }

    /// Whether a name can be that of a plugin's folder.
    public static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return name.utf8.count <= 40
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }

    private static func plugin(_ id: String, _ title: String) -> String {
        #"""
        -- \#(title): name here the page that this is written from, and mark what comes from elsewhere.

        ---@type timegate.Plugin
        return {
          api = 1,
          id = "\#(id)", -- the name of this folder
          title = "\#(title)", -- as messages show it
          docs = "https://docs.example.com/time-entries",
          origin = "https://api.example.com", -- the only origin that requests go to

          -- What a connection gives. No script ever sees a secret: the host puts it into the headers.
          secrets = {
            token = { help = "Where a person finds the token." },
          },
          headers = { Authorization = "Bearer ${secret.token}" },

          -- The forms of time that the vendor takes, the preferred one first:
          -- interval, start_duration, end_duration, date_duration, duration_only.
          times = { accepts = { "date_duration" } },

          -- One line for each field of the vendor's page, in its order: vendor path, unified member, converter.
          fields = {
            { "projectId", "subjects.project.id", "id", required = true },
            { "userId", "user.id", "id" },
            { "date", "work_date", "date", required = true },
            { "seconds", "duration_seconds", "seconds" },
            { "description", "note", "text", null = "clears" },
            { "id", "id", "id", only = "answer" },
            { "createdAt", "created_at", "rfc3339", only = "answer" },
          },

          -- What is not listed here is unsupported: 501 with the list of what is.
          operations = {
            create = { "POST /v1/time-entries", success = { 201 }, entry = "data" },
          },

          -- How the vendor says no.
          errors = {
            code = "error.code",
            message = "error.message",
            fields = { map = "error.fields" },
            kinds = { locked_period = "locked" },
            statuses = { [422] = "invalid" },
          },

          -- Functions stand only where data does not reach; see the contract.
        }

        """#
    }

    private static let create = #"""
        {
          "about": "A day and a length go out as they are.",
          "direction": "write_request",
          "given": {
            "user": { "id": "7" },
            "subjects": { "project": { "id": "42" } },
            "work_date": "2026-11-20",
            "duration": "1h30m",
            "note": "Workshop"
          },
          "expect": {
            "request": {
              "method": "POST",
              "path": "/v1/time-entries",
              "headers": { "Authorization": "Bearer ***" },
              "body": {
                "projectId": "42",
                "userId": "7",
                "date": "2026-11-20",
                "seconds": 5400,
                "description": "Workshop"
              }
            },
            "mapping": {}
          }
        }

        """#

    private static let answer = #"""
        {
          "about": "An answer comes back as an entry.",
          "direction": "read_answer",
          "given": {
            "status": 201,
            "body": {
              "data": {
                "id": "1",
                "projectId": "42",
                "userId": "7",
                "date": "2026-11-20",
                "seconds": 5400,
                "description": "Workshop",
                "createdAt": "2026-11-20T10:00:00Z"
              }
            }
          },
          "expect": {
            "entry": {
              "id": "1",
              "work_date": "2026-11-20",
              "duration_seconds": 5400,
              "user": { "id": "7" },
              "subjects": { "project": { "id": "42" } },
              "note": "Workshop",
              "created_at": "2026-11-20T10:00:00Z"
            },
            "mapping": {}
          }
        }

        """#

    private static func refusal(_ title: String) -> String {
        #"""
        {
          "about": "A refused field is named as the caller knows it.",
          "direction": "read_refusal",
          "given": {
            "status": 422,
            "body": { "error": { "code": "invalid", "message": "No.", "fields": { "projectId": "is not known" } } }
          },
          "expect": {
            "problem": {
              "code": "vendor_invalid",
              "detail": "\#(title): No.",
              "errors": [{ "field": "subjects.project.id", "vendor_field": "projectId" }]
            }
          }
        }

        """#
    }

    private static let test = #"""
        -- Tests for what many cases would be needed for. t.run says what comes of a case.

        ---@type timegate.Tests
        return {
          ["a locked period is a conflict that says locked"] = function(t)
            local result = t.run({
              direction = "read_refusal",
              given = { status = 409, body = { error = { code = "locked_period", message = "Too late." } } },
            })
            t.equal("vendor_locked", result.problem.code)
          end,

          ["every length in whole seconds goes out as it is"] = function(t)
            for _, seconds in ipairs({ 1, 59, 3600, 86399 }) do
              local result = t.run({
                direction = "write_request",
                given = {
                  user = { id = "7" },
                  subjects = { project = { id = "42" } },
                  work_date = "2026-11-20",
                  duration_seconds = seconds,
                },
              })
              t.equal(seconds, result.request.body.seconds)
            end
          end,
        }

        """#

    private static func readme(_ id: String, _ title: String) -> String {
        """
        # \(title)

        Written from the page named as `docs` in [plugin.lua](plugin.lua).

        ## Credentials

        `token`: where a person finds it.

        ## Known gaps

        Say here what the vendor's page leaves open, and what was decided.

        ## Trying it

        ```sh
        timegate plugin check \(id)     # is the table right?
        timegate plugin test \(id)      # golden cases and Lua tests; --watch runs them at every change
        timegate plugin show \(id)      # every field, its direction, what happens to a loss
        ```

        """
    }
}

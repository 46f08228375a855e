---@type timegate.Tests
return {
  ["every length goes out as it is, whatever the form it was given in"] = function(t)
    for given, seconds in pairs({ ["45s"] = 45, ["90m"] = 5400, ["1:30"] = 5400, PT2H = 7200 }) do
      local result = t.run({
        direction = "write_request",
        connection = { settings = { workspace_id = 9001 } },
        given = { started_at = "2026-11-20T08:00:00Z", duration = given },
      })
      t.equal(seconds, result.request.body.duration)
    end
  end,

  ["a day and a length need a start, which is not made up"] = function(t)
    local result = t.run({
      direction = "write_request",
      connection = { settings = { workspace_id = 9001 } },
      given = { work_date = "2026-11-20", duration = "1h" },
    })
    t.contains({ status = 422, sent = "no" }, result.problem)
  end,
}

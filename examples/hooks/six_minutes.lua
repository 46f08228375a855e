-- What is billed is rounded up to tenths of an hour; the time itself stays what it was.

local STEP = 360 -- six minutes, in seconds

return {
  about = "Rounds the billed time up to six minutes; the actual time is kept, and exact multiples are untouched.",

  settings = {
    skip_create = { type = "boolean", help = "true: for a vendor that takes the billed time in changes only." },
  },

  on_entry = function(entry, call)
    if call.settings.skip_create and call.operation == "create" then return end
    if entry.billable == false then return end
    local seconds = entry.billable_seconds or entry.duration_seconds
    if not seconds or seconds % STEP == 0 then return end
    entry.billable_seconds = (seconds + STEP - 1) // STEP * STEP
  end,
}

-- What is billed is rounded up to tenths of an hour; the time itself stays what it was.

local STEP = 360 -- six minutes, in seconds

local function up(seconds) return (seconds + STEP - 1) // STEP * STEP end

return {
  about = "Rounds the billed time up to six minutes; the actual time is kept, and exact multiples are untouched.",
  settings = {
    skip_create = { type = "boolean", help = "true: for a vendor that takes the billed time in changes only." },
  },

  on_entry = function(entry, call)
    if call.settings.skip_create and call.operation == "create" then return end
    if entry.billable == false then return end
    local billed, before = entry.billable_seconds, call.before
    -- A billed time that followed the actual one goes on following it.
    if before and before.duration_seconds and entry.duration_seconds ~= before.duration_seconds
      and billed == before.billable_seconds
      and (billed == before.duration_seconds or billed == up(before.duration_seconds)) then
      billed = nil
    end
    local seconds = billed or entry.duration_seconds
    if not seconds then return end
    -- Without a word on what is billed it is the actual time, as the vendor has it.
    if not entry.billable_seconds and seconds % STEP == 0 then return end
    entry.billable_seconds = up(seconds)
  end,
}

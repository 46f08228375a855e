-- Time is booked within so many days, so that what is closed stays closed.

-- Days since 0000-03-01 of YYYY-MM-DD, in the Gregorian calendar.
local function day_number(date)
  local year, month, day = tonumber(date:sub(1, 4)), tonumber(date:sub(6, 7)), tonumber(date:sub(9, 10))
  if month < 3 then year, month = year - 1, month + 12 end
  return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day
end

return {
  about = "Refuses entries whose day lies too far back, and changes of such entries.",
  settings = {
    days = { type = "integer", required = true, help = "How many days back can be booked; 0 is today only." },
    exempt_role = { help = "A role that the limit does not hold for, such as manager." },
  },

  on_entry = function(entry, call)
    local identity = call.caller.identity
    if call.settings.exempt_role and identity and identity.roles[call.settings.exempt_role] then return end
    local today = day_number(call.now) -- RFC 3339, in UTC: its first ten characters are the day
    -- Moving an old entry to today would open what is closed, as much as the other way round.
    for _, version in ipairs({ call.before or entry, entry }) do
      local age = version.work_date and today - day_number(version.work_date)
      if age and age > call.settings.days then
        return nil, {
          field = "work_date",
          message = version.work_date .. " is " .. age .. " days ago; at most " .. call.settings.days
            .. " days back can be booked.",
          rule = "back-dating limit",
        }
      end
    end
  end,
}

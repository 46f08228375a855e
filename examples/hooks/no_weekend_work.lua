-- Nobody books work on a Saturday or Sunday.

-- The day of the week of YYYY-MM-DD, Monday 0 to Sunday 6: Zeller's congruence, shifted.
local function weekday(date)
  local year, month, day = tonumber(date:sub(1, 4)), tonumber(date:sub(6, 7)), tonumber(date:sub(9, 10))
  if month < 3 then year, month = year - 1, month + 12 end
  local zeller = (day + 13 * (month + 1) // 5 + year + year // 4 - year // 100 + year // 400) % 7
  return (zeller + 5) % 7
end

return {
  about = "Refuses entries whose day is a Saturday or a Sunday.",
  settings = {
    allow_role = { help = "A role whose holders may book on weekends all the same, such as support." },
  },

  on_entry = function(entry, call)
    -- An entry without a day is the vendor's to date.
    if not entry.work_date or weekday(entry.work_date) < 5 then return end
    local identity = call.caller.identity
    if call.settings.allow_role and identity and identity.roles[call.settings.allow_role] then return end
    return nil, {
      field = "work_date",
      message = entry.work_date .. " is a " .. (weekday(entry.work_date) == 5 and "Saturday" or "Sunday")
        .. ": work on weekends is not booked.",
      rule = "no weekend work",
    }
  end,
}

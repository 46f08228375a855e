-- Time without a word on what was done is refused.

return {
  about = "Refuses entries without a note, or with one that is too short to say anything.",
  settings = {
    min_length = { type = "integer", help = "Characters that a note must have at least; 1 unless set." },
    only_billable = { type = "boolean", help = "true: only for time that is billed." },
  },

  on_entry = function(entry, call)
    if call.settings.only_billable and entry.billable ~= true then return end
    local note = type(entry.note) == "string" and entry.note or ""
    local text = note:match("^%s*(.-)%s*$")
    local wanted = call.settings.min_length or 1
    if (utf8.len(text) or 0) >= wanted then return end
    return nil, {
      code = text == "" and "required" or "invalid_value",
      field = "note",
      message = text == "" and "A note is needed: what was done?"
        or "The note has " .. utf8.len(text) .. " characters; at least " .. wanted .. " are needed.",
      rule = "note required",
    }
  end,
}

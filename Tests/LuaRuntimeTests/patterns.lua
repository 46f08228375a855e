-- Random patterns against random subjects, the same in every Lua 5.4: run by lua5.4 it prints one digest for each block
-- of cases, loaded as a script it returns the function that makes one.

local pieces = {
    "a", "b", "c", "A", "1", " ", ".", "%a", "%d", "%s", "%w", "%x", "%p", "%l", "%u", "%c", "%g", "%A", "%D", "%W", "%%", "%.",
    "[ab]", "[^a]", "[a-c]", "[%a1]", "[^%s]", "[]]", "[^]]", "[a-]", "[%]b]", "(", ")", "()", "(a)", "(.)", "%1", "%2", "%0",
    "^", "$", "%b()", "%bab", "%f[%a]", "%f[^%w]", "%f", "%b", "%", "[", "[a", "[^", "-", "*", "+", "?", "\0", "\xe4", "(.-)", "(%w+)", "(()a)",
}
local marks = { "", "", "", "", "*", "+", "-", "?" }
local letters = { "a", "b", "c", "A", "B", "1", "2", " ", ".", "(", ")", "%", "-", "\n", "\0", "\xe4", "x", "]" }
local replacements = { "", "x", "%0%0", "<%1>", "%2", "%%", "%", "a%9", "\0", "%1%0" }

local function generator(seed)
    local state = seed * 2862933555777941757 + 3037000493
    return function(limit)
        state = state * 6364136223846793005 + 1442695040888963407
        return (state >> 33) % limit + 1
    end
end

local function block(number)
    local random = generator(number)
    local digest = 0
    local function note(...)
        for i = 1, select("#", ...) do
            local text = tostring((select(i, ...)))
            for j = 1, #text do digest = (digest ~ text:byte(j)) * 1099511628211 end
            digest = (digest ~ 256) * 1099511628211
        end
    end
    for _ = 1, 100 do
        local pattern, subject = "", ""
        for _ = 1, random(6) do pattern = pattern .. pieces[random(#pieces)] .. marks[random(#marks)] end
        for _ = 1, random(25) - 1 do subject = subject .. letters[random(#letters)] end
        local start = random(12) - 6
        note(pcall(string.find, subject, pattern, start))
        note(pcall(string.find, subject, pattern, start, true))
        note(pcall(string.match, subject, pattern, start))
        note(pcall(string.gsub, subject, pattern, replacements[random(#replacements)]))
        note(pcall(string.gsub, subject, pattern, { a = "T", b = false, ["1"] = 1 }, random(3)))
        note(pcall(string.gsub, subject, pattern, function(...) note(...) return random(2) == 1 and "F" or nil end))
        local ok, message = pcall(function()
            local count = 0
            for one, two in string.gmatch(subject, pattern, start) do
                note(one, two)
                count = count + 1
                if count > 50 then break end
            end
            return count
        end)
        note(ok, ok and message or (message:gsub("^.-:%d+: ", "", 1)))
    end
    return string.format("%016x", digest)
end

if pcall(function() return arg end) and arg then
    for number = 1, 100 do print(block(number)) end
end
return { block = block }

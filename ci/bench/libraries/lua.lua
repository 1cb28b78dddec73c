-- The benchmark's script: calls, closures, methods, tables, sorting, strings, patterns, floats. It returns a
-- function of a number of rounds, whose text depends on every part.

local function queens(size, row, columns, left, right)
    if row > size then return 1 end
    local found = 0
    for at = 1, size do
        if not (columns[at] or left[row + at] or right[row - at + size]) then
            columns[at], left[row + at], right[row - at + size] = true, true, true
            found = found + queens(size, row + 1, columns, left, right)
            columns[at], left[row + at], right[row - at + size] = false, false, false
        end
    end
    return found
end

local Shape = {}
Shape.__index = Shape
function Shape.new(w, h) return setmetatable({ w = w, h = h }, Shape) end
function Shape:area() return self.w * self.h end
function Shape.__add(a, b) return Shape.new(a.w + b.w, a.h + b.h) end

local function objects(round)
    local sum, total = Shape.new(0, 0), 0
    for i = 1, 400 do
        local shape = Shape.new(i % 7, (i + round) % 11)
        sum = sum + shape
        total = total + shape:area()
    end
    return sum:area() + total
end

local function sorting(round)
    local list, state = {}, round
    for i = 1, 600 do
        state = (state * 1103515245 + 12345) % 2147483648
        list[i] = state
    end
    table.sort(list, function(a, b) return a % 1000 < b % 1000 or (a % 1000 == b % 1000 and a < b) end)
    return list[1] + list[300] * 2 + list[600] * 3
end

local function strings(round)
    local words = {}
    for i = 1, 150 do words[i] = ("word%d-%s"):format(i * round % 97, ("abc"):rep(i % 4)) end
    local text = table.concat(words, " ")
    local count = 0
    for word, tail in text:gmatch("(%a+%d+)%-(%a*)") do count = count + #word * #tail end
    local changed, times = text:gsub("[aeiou]", { a = "4", o = "0" })
    return #changed + count + times + changed:byte(round % #changed + 1)
end

local function floats(round)
    local size, sum = 40, 0.0
    local u, v = {}, {}
    for i = 1, size do u[i] = 1 / (i + round) end
    for i = 1, size do
        local s = 0.0
        for j = 1, size do s = s + u[j] / ((i + j) * (i + j + 1) / 2 + i) end
        v[i] = s
    end
    for i = 1, size do sum = sum + math.sqrt(v[i] * u[i]) end
    return math.floor(sum * 1e9)
end

-- A closure that has numbers of its own, called again and again.
local function fibonacci()
    local a, b = 0, 1
    return function()
        a, b = b, (a + b) % 1000003
        return a
    end
end

local function closures(round)
    local sum, next = 0, fibonacci()
    for _ = 1, 400 + round % 5 do sum = (sum * 7 + next()) % 1000000007 end
    return sum
end

return function(rounds)
    local results = {}
    for round = 1, rounds do
        local found = queens(6, 1, {}, {}, {})
        results[#results + 1] = ("%d %d %d %d %d %d"):format(
            found, objects(round), sorting(round), strings(round), floats(round), closures(round))
    end
    return table.concat(results, "\n")
end

-- Reads random households by id. Each token asks for households of its own area.
-- Takes the folder that holds `tokens` (area, token) and `ids.AREA`.

local threads = 0
local tokens, ids = {}, {}

function setup(thread)
  threads = threads + 1
  thread:set("seed", threads)
end

-- With a pace, each connection waits so many milliseconds between its requests, more or less.
local function slow_down(pace)
  delay = function()
    return math.random(0, 2 * pace)
  end
end

function init(arguments)
  local folder = arguments[1]
  math.randomseed(os.time() * 1000 + seed)
  if arguments[2] then
    slow_down(math.floor(tonumber(arguments[2]) + 0.5))
  end
  for line in io.lines(folder .. "/tokens") do
    local area, token = line:match("^(%d) (.+)$")
    local head = " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nAuthorization: Bearer " .. token .. "\r\n\r\n"
    tokens[#tokens + 1] = { area = area, head = head }
    ids[area] = ids[area] or {}
  end
  for area, known in pairs(ids) do
    for id in io.lines(folder .. "/ids." .. area) do
      known[#known + 1] = id
    end
  end
end

function request()
  local token = tokens[math.random(#tokens)]
  local known = ids[token.area]
  return "GET /v1/households/" .. known[math.random(#known)] .. token.head
end

-- Requests, microseconds, 99th percentile in microseconds, errors.
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("RESULT %d %d %d %d", summary.requests, summary.duration, latency:percentile(99), failed))
end

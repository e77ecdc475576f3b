-- Asks for each path in turn: wrk -s wrk-blobs.lua URL -- PATH PATH ...
local paths = {}
local at = 0

function init(args)
  for _, path in ipairs(args) do
    paths[#paths + 1] = wrk.format('GET', path)
  end
end

function request()
  at = at % #paths + 1
  return paths[at]
end

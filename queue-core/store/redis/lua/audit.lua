-- The audit trail: newest first in a list, each entry chained to the one before it by hash (domain/audit.ts).
-- Comes after sha256.lua and frame.lua.
--
-- Invariant  an entry is written in the step that changes what it tells of. Its sequence and hash stand in the
--            line too, so that an entry that was taken away from the list is missed.

-- How a setting of each kind is written as JSON; texts are kept as that.
local JSON_OF = {
  choice = function(word) return '"' .. word .. '"' end,
  texts = function(json) return json end,
  whole = int,
  time = int,
}

local function settings_json()
  local members = {}
  for i, setting in ipairs(SETTINGS) do
    members[i] = '"' .. setting.told .. '":' .. JSON_OF[setting.kind](line[setting.name])
  end
  return '{' .. table.concat(members, ',') .. '}'
end

-- `facts`: a JSON object of what happened; `before`: the settings as they were, as JSON.
local function write_entry(sequence, facts, before)
  local text = table.concat({
    '{"sequence":', int(sequence), ',"previousHash":"', line.audit_hash, '",', string.sub(facts, 2, -2),
    ',"atMs":', int(line.store_time_ms), ',"before":', before, ',"after":', settings_json(),
  })
  line.audit_sequence, line.audit_hash = sequence, sha256(text .. '}')
  command('LPUSH', AUDIT, text .. ',"hash":"' .. line.audit_hash .. '"}')
  -- The sentinel is the first to fall off the end: where it is missing, so many entries are kept, not fewer.
  command('LTRIM', AUDIT, 0, AUDIT_ENTRIES_KEPT - 1)
end

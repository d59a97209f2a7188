-- An operator changes the settings, or starts the line anew, or both, and may put out all who are inside; the audit
-- trail has it in the same step.
--
-- Returns  result 'changed', 'stale', or 'unchanged' where all was so already
-- Invariant  nothing changes without an entry. Versions and generations only grow.

local function next_version()
  return max(line.version + 1, line.store_time_ms)
end

-- What is set already is set, no alarm ends, and nobody vouches for the line.
local function changes_nothing(change)
  for name, value in pairs(change) do
    if line[name] ~= value then return false end
  end
  local is_unsure = line.awaiting_report == 1 or line.room_time_ms < line.sessions_known_from_ms
  return line.alarm == '' and not (change.mode and is_unsure)
end

local function change_settings(change)
  local mode_before, message_before = line.mode, line.message
  for name, value in pairs(change) do line[name] = value end
  if line.message ~= message_before then line.message_revision = line.message_revision + 1 end
  line.version = next_version()
  line.alarm = ''
  -- An operator who sets the mode vouches for the line: that opens one whose restoring nobody confirmed, and
  -- admits by capacity though a wiped store has not heard of all sessions yet.
  if change.mode then line.awaiting_report, line.sessions_known_from_ms = 0, 0 end
  if mode_before == 'open' and line.mode ~= 'open' then call_unrated(line.issued) end
  line.credit_units = min(line.credit_units, credit_cap_units())
end

-- Puts all out who are inside: what passes were issued fail.
local function end_all_sessions()
  line.passes_not_before_ms = line.store_time_ms
  -- Grants that nobody has collected end too: nothing else would ever let their fates be forgotten.
  local granted_until_ms = line.room_time_ms + GRANT_HOLD_MS
  local function forget(jtis)
    command('HDEL', FATES, unpack(jtis))
    command('ZREM', SESSIONS, unpack(jtis))
  end
  sweep(SESSIONS, granted_until_ms, forget)
  clear_sorted_set(SESSIONS)
  session_count = 0
end

local function reset_line()
  line.generation = max(line.generation + 1, line.store_time_ms)
  line.issued, line.serving = 0, 0
  forget_generation()
  line.awaiting_report, line.alarm = 0, ''
  line.version = next_version()
end

local refused = enter(false)
if refused then return refused end
if ID == line.last_configuration_id then return done('changed') end
if EXPECTED_VERSION and EXPECTED_VERSION ~= line.version then return done('stale') end
local change = cjson.decode(CHANGE)
if not RESET and not ENDS_SESSIONS and changes_nothing(change) then return done('unchanged') end
local before = settings_json()
if CHANGES then change_settings(change) end
if RESET then reset_line() end
if ENDS_SESSIONS then end_all_sessions() end
line.last_configuration_id = ID
call_and_grant()
write_entry(line.audit_sequence + 1, FACTS, before)
return done('changed')

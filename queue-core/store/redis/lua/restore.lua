-- A gateway meets the store, at its start or after a lost connection: it offers what it remembers, and an
-- empty store is filled from that.
--
-- Returns  result: the run id of this life of the store
-- Invariant  an empty store never begins at 1 unless it may start a line; one filled from hearsay holds.

-- A trail that was not lost with its line goes on after its last entry.
local function go_on_with_trail()
  local kept = command('LINDEX', AUDIT, 0)
  if not kept then command('RPUSH', AUDIT, SENTINEL) end
  line.audit_sequence = tonumber(string.match(kept or '', '^{"sequence":(%d+),')) or 0
  line.audit_hash = string.match(kept or '', '"hash":"(%x+)"}$') or NO_HASH
end

local function new_line(generation, now_ms)
  for name, value in pairs(initial_values()) do line[name] = value end
  take_settings(SEED)
  line.generation = generation
  line.store_time_ms = now_ms
  line.credit_units = credit_cap_units()
  for _, key in ipairs({ SECONDS, FATES, GATEWAYS, BATCHES, PLACES[0], PLACES[1] }) do clear_hash(key) end
  for _, key in ipairs({ CALLS, GATE, SESSIONS, FORGETTING, ENDINGS }) do clear_sorted_set(key) end
  go_on_with_trail()
end

-- Other gateways may have given out numbers in the last second that this floor knows nothing of.
local function skip_barrier()
  if line.skipped_to < line.issued then line.skipped_from = line.issued + 1 end
  line.issued = line.issued + max(1, line.peak_joins_per_second)
  line.skipped_to = line.issued
end

-- Whoever stood at the gate asks again within seconds: until then a higher number must not go ahead of them.
local function gather()
  line.gathering_until_ms = line.room_time_ms + SHOW_SECONDS * 1000
end

-- Fills a line that the store had lost, above every number that may have been given out since.
local function fill_from_floor()
  merge_floor()
  line.alarm = 'restored'
  line.awaiting_report = CONFIRMED and 0 or 1
  line.sessions_known_from_ms = line.room_time_ms + line.session_seconds * RENEWAL_SHARE_PERMILLE
  gather()
  skip_barrier()
end

-- A gateway that was live before has reported: opens a line that had only the word of tickets and seals.
local function confirm()
  if line.awaiting_report == 0 then return end
  line.awaiting_report = 0
  gather()
  skip_barrier()
end

local function meet_known_line()
  settle(store_time_ms())
  merge_floor()
  if CONFIRMED then confirm() end
end

-- False where nobody remembers a line and none may be started.
local function meet_empty_store()
  local now_ms = store_time_ms()
  local remembers = FLOOR_GENERATION > 0 and is_of_our_time(FLOOR_GENERATION, now_ms)
  if not remembers and not MAY_START_LINE then return false end
  new_line(remembers and 0 or now_ms, now_ms)
  if remembers then fill_from_floor() end
  return true
end

-- Whoever checks the trail is told that entries are missing, and which.
local function tell_of_lost_entries()
  local has_other = LAST_SEQUENCE == line.audit_sequence and LAST_HASH ~= line.audit_hash
  if LAST_SEQUENCE <= line.audit_sequence and not has_other then return end
  write_entry(LAST_SEQUENCE + 1, LOSS_FACTS, settings_json())
end

local trouble = load_line()
if trouble == 'newer' then return refuse_newer() end
local present_run_id = run_id()
if not trouble then
  meet_known_line()
elseif not meet_empty_store() then
  return { 'empty', present_run_id }
end
answer_roll_call(present_run_id)
call_and_grant()
tell_of_lost_entries()
return done(present_run_id)

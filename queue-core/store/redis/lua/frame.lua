-- What every operation has around it: the merge of a floor, the roll call after a restart, and the reply.
-- Comes after line.lua in every script.
--
-- ARGV  1 the time (line.lua)
--       2 the run id: of this life of the store, as its caller knows it, or '' to ask the server
--       3 the gateway
--       4..7 the floor: generation, issued, serving, peak joins a second
--       8..18 the floor's settings in the order of SETTINGS, 8 is '' where it has none
-- Returns  {'done', result, mode in force, mode, alarm, message, integers, audit hash}: the snapshot, read by decode.ts
--          {'restoring'}: the caller restores first; the line was settled, no more
--          {'empty', run id}: there is no such line

local MOST_PLAUSIBLE_GROWTH = 10000000
local MOST_PLAUSIBLE_AHEAD_MS = 86400000
local SEEN_MS = 10000
local FORGOTTEN_MS = 3600000
local LONGEST_ROLL_CALL_MS = 5000

local GATEWAY = ARGV[3]
local FLOOR_SETTINGS = 8
-- The operation's own arguments begin here.
local FIRST_ARG = 19

local SETTINGS = {
  'version', 'mode', 'outflow_per_minute', 'capacity', 'session_seconds', 'session_grace_seconds',
  'claim_window_seconds', 'opens_at_ms', 'message', 'message_revision', 'passes_not_before_ms',
}

local function run_id()
  if ARGV[2] ~= '' then return ARGV[2] end
  return string.match(command('INFO', 'server'), 'run_id:(%w+)')
end

-- Merging ----------------------------------------------------------------------------------------------

local function setting_of(name, text)
  if name == 'mode' or name == 'message' then return text end
  return tonumber(text)
end

-- Takes the settings that stand in ARGV from `first` on.
local function take_settings(first)
  for i, name in ipairs(SETTINGS) do line[name] = setting_of(name, ARGV[first + i - 1]) end
end

local function forget_skipped()
  line.skipped_from, line.skipped_to = 0, 0
end

-- What belonged to the old generation: its calls, and batches whose numbers would now be somebody else's.
local function forget_generation()
  clear_sorted_set(CALLS)
  clear_sorted_set(GATE)
  clear_hash(BATCHES)
  gate_count = 0
  line.catch_up_until_ms = 0
  forget_skipped()
  line.recent_called, line.recent_shows, line.rated_called, line.rated_shows = 0, 0, 0, 0
  for _, field in ipairs(command('HKEYS', SECONDS)) do
    local kind = string.sub(field, 1, 2)
    if kind == 'c:' or kind == 's:' then command('HDEL', SECONDS, field) end
  end
end

local function is_of_our_time(generation, now_ms)
  return generation <= now_ms + MOST_PLAUSIBLE_AHEAD_MS
end

-- An empty store (generation 0) has nothing to compare with, and must take a line of any length back.
local function is_plausible(generation, issued, serving)
  if not is_of_our_time(generation, line.store_time_ms) then return false end
  if line.generation == 0 then return true end
  local most = (generation == line.generation and line.issued or 0) + MOST_PLAUSIBLE_GROWTH
  return issued <= most and serving <= most
end

-- Somebody had heard of `issued` numbers: those among the skipped are held.
local function keep_from_skipping(issued)
  if issued > line.issued then forget_skipped()
  elseif issued < line.skipped_to then line.skipped_from = max(line.skipped_from, issued + 1) end
end

-- Raises the line to what somebody remembers. Merging the same floor twice changes nothing.
local function merge_floor()
  local generation, issued, serving = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
  if not is_plausible(generation, issued, serving) then
    line.alarm = 'implausible-floor'
    return
  end
  line.peak_joins_per_second = max(line.peak_joins_per_second, tonumber(ARGV[7]))
  local version = tonumber(ARGV[FLOOR_SETTINGS])
  if version and version > line.version then
    take_settings(FLOOR_SETTINGS)
    line.credit_units = min(line.credit_units, credit_cap_units())
  end
  if generation < line.generation then return end
  if generation > line.generation then
    line.generation, line.issued, line.serving = generation, 0, 0
    forget_generation()
  end
  keep_from_skipping(issued)
  line.issued = max(line.issued, issued, serving)
  -- Who called them is forgotten: they get a fresh claim window rather than a missed turn.
  call_unrated(serving)
end

-- The roll call ----------------------------------------------------------------------------------------

-- A gateway is kept as 'seenMs:the run id that it has restored'.
local function decode_gateway(value)
  local seen_ms, restored = string.match(value or '', '^(%d+):(.*)$')
  return tonumber(seen_ms), restored
end

local function write_gateway(name, restored)
  command('HSET', GATEWAYS, name, int(line.room_time_ms) .. ':' .. restored)
end

-- Each start of a gateway has a name of its own: those gone for long are forgotten, with their last batches.
local function forget_gateways()
  local all = command('HGETALL', GATEWAYS)
  for i = 1, #all, 2 do
    local seen_ms = decode_gateway(all[i + 1])
    if seen_ms and line.room_time_ms - seen_ms > FORGOTTEN_MS then
      command('HDEL', GATEWAYS, all[i])
      command('HDEL', BATCHES, all[i])
    end
  end
end

-- This gateway has offered its floor in this life of the store.
local function answer_roll_call(present_run_id)
  if present_run_id ~= line.run_id then
    line.roll_call_until_ms = line.room_time_ms + LONGEST_ROLL_CALL_MS
    line.run_id = present_run_id
  end
  forget_gateways()
  write_gateway(GATEWAY, present_run_id)
end

-- Remembers that the gateway called; what it has restored, or nil for one unknown.
local function see_gateway()
  local _, restored = decode_gateway(command('HGET', GATEWAYS, GATEWAY))
  if restored then write_gateway(GATEWAY, restored) end
  return restored
end

-- Whether the gateway that calls has offered its floor in this life of the store; known after `enter`.
local has_restored = false

-- Whether joins and claims of this gateway must still wait.
local function is_incomplete()
  if not has_restored then return true end
  if line.room_time_ms >= line.roll_call_until_ms then return false end
  local seen_from_ms = line.roll_call_until_ms - LONGEST_ROLL_CALL_MS - SEEN_MS
  for _, value in ipairs(command('HVALS', GATEWAYS)) do
    local seen_ms, other = decode_gateway(value)
    if other and other ~= line.run_id and seen_ms >= seen_from_ms then return true end
  end
  return false
end

-- The reply --------------------------------------------------------------------------------------------

local function done(result)
  save_line()
  return {
    'done', result, mode_in_force(), line.mode, line.alarm, line.message,
    {
      line.generation, line.issued, line.serving,
      line.outflow_per_minute, line.capacity, line.session_seconds, line.session_grace_seconds,
      line.claim_window_seconds, line.opens_at_ms, line.message_revision, line.passes_not_before_ms, line.version,
      line.store_time_ms, line.room_time_ms, line.open_time_ms, line.credit_units,
      gate_count, session_count, is_quiet() and 1 or 0, show_permille(), line.admitted_last_minute,
      line.joined_total, line.called_total, line.shows_total, line.admitted_total, line.peak_joins_per_second,
      skipped_ahead(), waiting_before_skipped(), admits_in_ms(), line.ended_revision, line.audit_sequence,
    },
    line.audit_hash,
  }
end

local function restoring()
  save_line()
  return { 'restoring' }
end

-- Settles and merges. Returns a reply where the operation must not go on, or nil.
local function enter(waits_for_roll_call)
  if not load_line() then return { 'empty', '' } end
  settle(store_time_ms())
  if line.run_id ~= run_id() then return restoring() end
  has_restored = see_gateway() == line.run_id
  if waits_for_roll_call and is_incomplete() then return restoring() end
  merge_floor()
end

-- What every operation has around it: the merge of a floor, the roll call after a restart, and the reply.
-- Comes after line.lua in every script.
--
-- Returns  {'done', result, values}: the snapshot in the order of TOLD, read by decode.ts
--          {'restoring'}: the caller restores first; the line was settled, no more
--          {'empty', run id}: there is no such line
--          an error NEWERFORMAT: it is kept as this release does not know it; nothing was changed

local function run_id()
  if RUN_ID ~= '' then return RUN_ID end
  return string.match(command('INFO', 'server'), 'run_id:(%w+)')
end

-- Merging ----------------------------------------------------------------------------------------------

-- Takes settings as wire.ts writes them. Those that are not named stay as they are.
local function take_settings(text)
  for name, value in pairs(cjson.decode(text)) do line[name] = value end
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
  line.early_from = 0
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
  if not is_plausible(FLOOR_GENERATION, FLOOR_ISSUED, FLOOR_SERVING) then
    line.alarm = 'implausible-floor'
    return
  end
  line.peak_joins_per_second = max(line.peak_joins_per_second, FLOOR_PEAK_JOINS_PER_SECOND)
  if FLOOR_VERSION and FLOOR_VERSION > line.version then
    take_settings(FLOOR_SETTINGS)
    line.credit_units = min(line.credit_units, credit_cap_units())
  end
  if FLOOR_GENERATION < line.generation then return end
  if FLOOR_GENERATION > line.generation then
    line.generation, line.issued, line.serving = FLOOR_GENERATION, 0, 0
    forget_generation()
  end
  keep_from_skipping(FLOOR_ISSUED)
  line.issued = max(line.issued, FLOOR_ISSUED, FLOOR_SERVING)
  -- Who called them is forgotten: they get a fresh claim window rather than a missed turn.
  call_unrated(FLOOR_SERVING)
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
  -- What is told and not kept.
  local made = {
    mode_in_force = mode_in_force(),
    reached = line.early_from == 0 and line.serving or line.early_from - 1,
    registered = gate_count,
    sessions = session_count,
    quiet = is_quiet() and 1 or 0,
    show_permille = show_permille(),
    skipped = skipped_ahead(),
    waiting_before_skipped = waiting_before_skipped(),
    admits_in_ms = admits_in_ms(),
  }
  local values = {}
  for i = 1, #TOLD do values[i] = made[TOLD[i]] or line[TOLD[i]] end
  return { 'done', result, values }
end

local function restoring()
  save_line()
  return { 'restoring' }
end

-- Settles and merges. Returns a reply where the operation must not go on, or nil.
local function enter(waits_for_roll_call)
  local trouble = load_line()
  if trouble == 'newer' then return refuse_newer() end
  if trouble then return { trouble, '' } end
  settle(store_time_ms())
  if line.run_id ~= run_id() then return restoring() end
  has_restored = see_gateway() == line.run_id
  if waits_for_roll_call and is_incomplete() then return restoring() end
  merge_floor()
end

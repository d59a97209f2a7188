-- The line: its state, its clocks, and how it calls and grants. Comes first in every script; the same
-- arithmetic as `domain/line.ts` and `domain/pace.ts`, to the last digit.
--
-- Keys, arguments, the names of fields and the constants that the model has too are put before it (prelude.ts), from
-- the tables in wire.ts and domain/: keys and arguments by their names in capitals, of a list where it begins in ARGV
-- as FIRST_ and its name.
--
-- Invariants. No key is ever empty: each holds one sentinel, since a slot on the move answers TRYAGAIN for keys
-- that do not exist. Sentinels of sorted sets score +inf: the last of all, and never due. Nothing expires
-- by a TTL. Numbers are integers below 2^53 and are written by `int`, never by `..`, which rounds.

-- A sorted set's commands take so many members at a time: Lua's stack is bounded.
local CHUNK = 1000

local line = {}
-- What came after FIRST_FIELDS, by name, and the format. What this release does not know stays in it as it is.
local later = {}
-- Of the present second; written at the end.
local called_now, admitted_now = 0, 0
-- The line was kept by a release that does not know all of its fields.
local has_gaps = false
-- How many stand at the gate and are inside, without the sentinels.
local gate_count, session_count = 0, 0

local floor, ceil, min, max = math.floor, math.ceil, math.min, math.max
local command = redis.call

local function int(number)
  return string.format('%.0f', number)
end

local function store_time_ms()
  if NOW_MS then return NOW_MS end
  local time = command('TIME')
  return tonumber(time[1]) * 1000 + floor(tonumber(time[2]) / 1000)
end

-- State ------------------------------------------------------------------------------------------------

local function count_members()
  gate_count = command('ZCARD', GATE) - 1
  session_count = command('ZCARD', SESSIONS) - 1
end

-- A line that was kept before a field came to be has what a new line begins with.
local function fill_gaps()
  has_gaps = true
  for name, value in pairs(initial_values()) do
    if line[name] == nil then line[name] = value end
  end
end

-- Nil where the line is loaded, else why not: 'empty' where the store has none, 'newer' where it is kept in a format
-- that this release does not know, and must not change.
local function load_line()
  local packed = command('GET', LINE)
  if not packed then return 'empty' end
  local values = cmsgpack.unpack(packed)
  later = values[#FIRST_FIELDS + 1] or {}
  if (later.format or 0) > LINE_FORMAT then return 'newer' end
  local is_whole = values[#FIRST_FIELDS] ~= nil
  for i = 1, #FIRST_FIELDS do line[FIRST_FIELDS[i]] = values[i] end
  for _, name in ipairs(LATER_FIELDS) do
    line[name] = later[name]
    is_whole = is_whole and later[name] ~= nil
  end
  if not is_whole then fill_gaps() end
end

-- The reply where there is a line that this release must not touch.
local function refuse_newer()
  return redis.error_reply('NEWERFORMAT the line is kept in format ' .. int(later.format)
    .. '; this release knows ' .. int(LINE_FORMAT))
end

local function save_line()
  local values = {}
  for i = 1, #FIRST_FIELDS do values[i] = line[FIRST_FIELDS[i]] end
  for _, name in ipairs(LATER_FIELDS) do later[name] = line[name] end
  later.format = LINE_FORMAT
  values[#FIRST_FIELDS + 1] = later
  command('SET', LINE, cmsgpack.pack(values))
  local second = int(line.second)
  if called_now > 0 then command('HINCRBY', SECONDS, 'c:' .. second, int(called_now)) end
  if admitted_now > 0 then command('HINCRBY', SECONDS, 'a:' .. second, int(admitted_now)) end
end

local function clear_hash(key)
  command('UNLINK', key)
  command('HSET', key, SENTINEL, '')
end

local function clear_sorted_set(key)
  command('UNLINK', key)
  command('ZADD', key, '+inf', SENTINEL)
end

-- The mode in force: before its opening time, and while its restoring is unconfirmed, a room holds.
local function mode_in_force()
  local mode = line.mode
  if mode == 'closed' then return mode end
  if line.opens_at_ms > line.store_time_ms or line.awaiting_report == 1 then return 'hold' end
  return mode
end

-- Sessions that still fit: none while a wiped store does not yet know who is inside.
local function free_capacity()
  if line.capacity == 0 then return UNBOUNDED end
  if line.room_time_ms < line.sessions_known_from_ms then return 0 end
  return max(0, line.capacity - session_count)
end

local function is_gathering()
  return line.room_time_ms < line.gathering_until_ms
end

-- After a wipe: in how many ms the gate admits again; 0 where it does, -1 where somebody must vouch for it first.
local function admits_in_ms()
  if line.awaiting_report == 1 then return -1 end
  local known_from_ms = line.capacity == 0 and 0 or line.sessions_known_from_ms
  return max(0, line.gathering_until_ms - line.room_time_ms, known_from_ms - line.room_time_ms)
end

-- Numbers still to be called that nobody is known to hold.
local function skipped_ahead()
  return max(0, line.skipped_to - max(line.serving, line.skipped_from - 1))
end

-- How many wait ahead of those.
local function waiting_before_skipped()
  return max(0, line.skipped_from - 1 - line.serving)
end

local function credit_cap_units()
  return max(UNITS_PER_ADMISSION, line.outflow_per_minute * CREDIT_CAP_MS)
end

-- Whether a newcomer may be let in at once without anybody being overtaken.
local function is_quiet()
  return line.issued == line.serving
    and gate_count == 0
    and line.recent_called <= line.recent_shows
    and line.room_time_ms >= line.catch_up_until_ms
    and not is_gathering()
    and line.credit_units >= UNITS_PER_ADMISSION
    and free_capacity() > 0
    and mode_in_force() == 'queue'
end

-- Fates ------------------------------------------------------------------------------------------------

-- 'kind:behind:extensions' to all three; nil, 0, 0 for none.
local function decode_fate(value)
  if not value then return nil, 0, 0 end
  local kind, behind, extensions = string.match(value, '^(%a+):(%d+):?(%d*)$')
  return kind, tonumber(behind), tonumber(extensions) or 0
end

local function encode_fate(kind, behind, extensions)
  return kind .. ':' .. int(behind) .. ':' .. int(extensions)
end

local function fate_of(jti)
  return decode_fate(command('HGET', FATES, jti))
end

-- Until when, in open time, a ticket's fate matters: its call may be asked for until then.
local function claim_memory_ms()
  return line.open_time_ms + line.claim_window_seconds * 1000 + CLAIM_ALLOWANCE_MS
end

-- Settling ---------------------------------------------------------------------------------------------

local function turn_second()
  line.second = line.second + 1
  line.joined_this_second = 0
  local maturing, minute, leaving =
    int(line.second - SHOW_SECONDS), int(line.second - MINUTE_SECONDS), int(line.second - RATED_SECONDS)
  local tally = command('HMGET', SECONDS, 'c:' .. maturing, 's:' .. maturing, 'a:' .. minute,
    'c:' .. leaving, 's:' .. leaving)
  for i = 1, 5 do tally[i] = tonumber(tally[i] or 0) end
  line.recent_called = line.recent_called - tally[1]
  line.recent_shows = line.recent_shows - tally[2]
  line.rated_called = line.rated_called + tally[1] - tally[4]
  line.rated_shows = line.rated_shows + tally[2] - tally[5]
  line.admitted_last_minute = line.admitted_last_minute - tally[3]
  command('HDEL', SECONDS, 'c:' .. leaving, 's:' .. leaving, 'a:' .. leaving)
end

-- What a session becomes when its time is up: a collected one is used; a grant may come back to the gate.
local function fate_after(value)
  local kind, _, extensions = decode_fate(value)
  return encode_fate(kind == 'granted' and 'lapsed' or 'used', 0, extensions)
end

local function end_sessions(jtis)
  local fates, forgetting, forget_ms = {}, {}, int(claim_memory_ms())
  local known = command('HMGET', FATES, unpack(jtis))
  for i, jti in ipairs(jtis) do
    fates[2 * i - 1], fates[2 * i] = jti, fate_after(known[i])
    forgetting[2 * i - 1], forgetting[2 * i] = forget_ms, jti
  end
  command('ZREM', SESSIONS, unpack(jtis))
  command('HSET', FATES, unpack(fates))
  command('ZADD', FORGETTING, unpack(forgetting))
end

local function forget_fates(jtis)
  command('ZREM', FORGETTING, unpack(jtis))
  command('HDEL', FATES, unpack(jtis))
  command('ZREM', ENDINGS, unpack(jtis))
end

-- Gives every member of a sorted set that is due to `act`, some at a time.
local function sweep(key, due_ms, act)
  repeat
    local due = command('ZRANGEBYSCORE', key, '-inf', int(due_ms), 'LIMIT', 0, CHUNK)
    if #due > 0 then act(due) end
  until #due < CHUNK
end

-- A call is kept as 'second:from:openedMs:rated', by the highest number in it.
local function decode_call(member)
  local second, from, opened_ms, rated = string.match(member, '^(%d+):(%d+):(%d+):(%d)$')
  return { second = tonumber(second), from = tonumber(from), opened_ms = tonumber(opened_ms), rated = rated == '1' }
end

local function encode_call(record)
  return table.concat({ int(record.second), int(record.from), int(record.opened_ms), record.rated and '1' or '0' }, ':')
end

-- When, in open time, a call lapses; where its window has not begun, as if it began now.
local function call_end_ms(record)
  local began_ms = record.opened_ms == NOT_BEGUN_MS and line.open_time_ms or record.opened_ms
  return began_ms + line.claim_window_seconds * 1000 + CLAIM_ALLOWANCE_MS
end

local function has_lapsed(record)
  return call_end_ms(record) < line.open_time_ms
end

local function forget_lapsed_calls()
  while true do
    local oldest = command('ZRANGE', CALLS, 0, 0)[1]
    if oldest == SENTINEL or not has_lapsed(decode_call(oldest)) then return end
    command('ZREM', CALLS, oldest)
  end
end

-- Who was called early when a release that does not know of it wrote the line: their claim windows begin now.
local function begin_forgotten()
  local all = command('ZRANGE', CALLS, 0, -2, 'WITHSCORES')
  for i = 1, #all, 2 do
    local record = decode_call(all[i])
    if record.opened_ms == NOT_BEGUN_MS then
      record.opened_ms = line.open_time_ms
      command('ZREM', CALLS, all[i])
      command('ZADD', CALLS, all[i + 1], encode_call(record))
    end
  end
end

-- Brings the line to the present time at the settings in force. Settling twice at one time changes nothing.
local function settle(now_ms)
  local step_ms = min(MAX_STEP_MS, max(0, now_ms - line.store_time_ms))
  if mode_in_force() == 'queue' then line.open_time_ms = line.open_time_ms + min(MAX_OPEN_STEP_MS, step_ms) end
  line.store_time_ms = now_ms
  line.room_time_ms = line.room_time_ms + step_ms
  line.credit_units = min(credit_cap_units(), line.credit_units + line.outflow_per_minute * step_ms)
  local second = floor(line.room_time_ms / 1000)
  while line.second < second do turn_second() end
  sweep(SESSIONS, line.room_time_ms, end_sessions)
  forget_lapsed_calls()
  if has_gaps then begin_forgotten() end
  sweep(FORGETTING, line.open_time_ms, forget_fates)
  count_members()
end

-- Calling ----------------------------------------------------------------------------------------------

local function look_ahead_shows()
  return max(LEAST_LOOK_AHEAD_SHOWS, floor(line.outflow_per_minute * LOOK_AHEAD_SECONDS / 60))
end

local function look_ahead_ms()
  return min(floor(look_ahead_shows() * 60000 / line.outflow_per_minute), SHOW_SECONDS * 1000)
end

-- Shows per thousand called.
local function show_permille()
  local rated = floor((line.rated_shows + IMAGINED_SHOWS) * 1000 / (line.rated_called + IMAGINED_SHOWS))
  local recent = line.recent_called < TELLING_CALLS and 0 or floor(line.recent_shows * 1000 / line.recent_called)
  return min(1000, max(LEAST_SHOW_PERMILLE, rated, recent))
end

-- Sessions that end within the look-ahead.
local function ending_soon()
  if line.capacity == 0 then return 0 end
  local soon_ms = line.room_time_ms + look_ahead_ms()
  return command('ZCOUNT', SESSIONS, '(' .. int(line.room_time_ms), int(soon_ms))
end

-- How many numbers to call now, before the bound of who is waiting.
local function call_budget(free)
  local permille = show_permille()
  local credit = floor(line.credit_units / UNITS_PER_ADMISSION)
  local expected = floor(line.recent_called * permille / 1000)
  local under_way = max(0, expected - line.recent_shows)
  local room = min(credit + look_ahead_shows(), free + ending_soon())
  local shows = room - gate_count - under_way
  return shows <= 0 and 0 or ceil(shows * 1000 / permille)
end

-- Twice the look-ahead that was called in vain, then double.
local function next_probe_size(free)
  if line.probe_size > 0 then return line.probe_size * 2 end
  return max(1, 2 * min(look_ahead_shows(), free))
end

local function end_stall()
  line.stalled_since_ms = line.room_time_ms
  line.probe_size = 0
end

-- Numbers to call into a hole: credit is full, somebody waits, and nobody has shown for a while.
local function probe(free)
  if line.credit_units < credit_cap_units() or gate_count > 0 or free <= 0 then
    end_stall()
    return 0
  end
  if line.room_time_ms - line.stalled_since_ms < STALL_MS then return 0 end
  if line.probe_size > 0 and line.room_time_ms - line.probed_at_ms < PROBE_EVERY_MS then return 0 end
  line.probe_size = next_probe_size(free)
  line.probed_at_ms = line.room_time_ms
  return line.probe_size
end

-- The call record so far from the last, and the highest number in it; nil where there is none.
local function call_from_last(index)
  local found = command('ZREVRANGE', CALLS, index, index, 'WITHSCORES')
  if found[1] then return decode_call(found[1]), tonumber(found[2]), found[1] end
end

-- In the record before it where the new one follows on soon enough.
local function add_record(before, before_to, before_member, record, to)
  if before and before_to == record.from - 1 then
    local since_ms = record.opened_ms - before.opened_ms
    local near = since_ms >= 0 and since_ms <= CALL_RECORD_SPAN_MS
    if near and before.second == record.second and before.rated == record.rated then
      command('ZADD', CALLS, int(to), before_member)
      return
    end
  end
  command('ZADD', CALLS, int(to), encode_call(record))
end

-- Remembers that the numbers from..to are called. After an early call all are early, so that windows begin in order.
local function record_call(from, to, rated, early)
  local last, last_to, last_member = call_from_last(1)
  local waits = early or line.early_from > 0
  local opened_ms = waits and NOT_BEGUN_MS or line.open_time_ms
  if waits and line.early_from == 0 then line.early_from = from end
  add_record(last, last_to, last_member, { second = line.second, from = from, opened_ms = opened_ms, rated = rated }, to)
end

-- Begins the windows of a record that waits, up to this number.
local function begin_record(index, record, to, member, up_to)
  local before, before_to, before_member = call_from_last(index + 1)
  command('ZREM', CALLS, member)
  record.opened_ms = line.open_time_ms
  add_record(before, before_to, before_member, record, min(to, up_to))
  if to <= up_to then return end
  record.from, record.opened_ms = up_to + 1, NOT_BEGUN_MS
  command('ZADD', CALLS, int(to), encode_call(record))
end

-- The claim windows of all that are called up to this number begin, where they have not.
local function begin_windows(up_to)
  if line.early_from == 0 or up_to < line.early_from then return end
  -- The sentinel is the last of all.
  local index = 1
  local record, last = call_from_last(index)
  line.early_from = up_to < last and up_to + 1 or 0
  while record and record.opened_ms == NOT_BEGUN_MS do
    index = index + 1
    record = call_from_last(index)
  end
  for waiting = index - 1, 1, -1 do
    local found, to, member = call_from_last(waiting)
    if found.from > up_to then return end
    begin_record(waiting, found, to, member, up_to)
  end
end

-- Calls without being asked to by the pace: says nothing about the show rate, but nobody may overtake them.
local function call_unrated(to)
  if to <= line.serving then return end
  record_call(line.serving + 1, to, false, false)
  line.serving = to
  line.catch_up_until_ms = line.room_time_ms + SHOW_SECONDS * 1000
end

local function call_numbers(count, early)
  if count <= 0 then return end
  record_call(line.serving + 1, line.serving + count, true, early)
  line.serving = line.serving + count
  line.called_total = line.called_total + count
  line.recent_called = line.recent_called + count
  called_now = called_now + count
end

-- How many wait before the next number that nobody is known to hold, or at all.
local function callable()
  return (line.serving < line.skipped_from and line.skipped_from - 1 or line.issued) - line.serving
end

-- Skipped numbers cost the line no time. Whoever holds one after all is called, and may come.
local function leap_skipped()
  if line.serving >= line.skipped_from - 1 then call_unrated(line.skipped_to) end
end

-- Calls the next `most` who wait, on both sides of what was skipped.
local function call_next(most, early)
  local before = min(callable(), most)
  call_numbers(before, early)
  leap_skipped()
  call_numbers(min(callable(), most - before), early)
end

-- Calls as many numbers as the service can soon take.
local function call_waiting()
  local open = mode_in_force() == 'queue'
  if open then leap_skipped() end
  local may_call, waits = open and not is_gathering(), callable() > 0
  if not may_call or not waits then end_stall() end
  if not may_call or not (waits or line.early_from > 0) then return end
  local free = free_capacity()
  local budget, probed = call_budget(free), waits and probe(free) or 0
  -- The outflow takes more than stand at the gate or are on their way: so also those who were called early.
  if budget > 0 then begin_windows(line.serving) end
  call_next(max(budget, probed), probed > budget)
end

-- Granting ---------------------------------------------------------------------------------------------

local function count_admissions(count)
  line.admitted_total = line.admitted_total + count
  line.admitted_last_minute = line.admitted_last_minute + count
  admitted_now = admitted_now + count
end

-- The `count` lowest at the gate, each a grant that waits to be collected.
local function grant_lowest(count)
  local popped = command('ZPOPMIN', GATE, count)
  local jtis, fates, sessions = {}, {}, {}
  for i = 1, count do jtis[i] = string.sub(popped[2 * i - 1], 18) end
  local end_ms = int(line.room_time_ms + min(GRANT_HOLD_MS, line.session_seconds * 1000))
  local known = command('HMGET', FATES, unpack(jtis))
  for i, jti in ipairs(jtis) do
    local _, _, extensions = decode_fate(known[i])
    fates[2 * i - 1], fates[2 * i] = jti, encode_fate('granted', 0, extensions)
    sessions[2 * i - 1], sessions[2 * i] = end_ms, jti
  end
  command('HSET', FATES, unpack(fates))
  command('ZREM', FORGETTING, unpack(jtis))
  session_count = session_count + command('ZADD', SESSIONS, unpack(sessions))
  gate_count = gate_count - count
  line.credit_units = line.credit_units - count * UNITS_PER_ADMISSION
  count_admissions(count)
  begin_windows(tonumber(popped[2 * count]))
end

-- Whether the gate lets anybody in at all.
local function is_admitting()
  return mode_in_force() == 'queue' and not is_gathering()
end

-- Admits the lowest numbers at the gate. Each grant takes one credit and at most one place, so as many fit at
-- once as there are of either.
local function grant()
  if not is_admitting() then return end
  while true do
    local count = min(gate_count, floor(line.credit_units / UNITS_PER_ADMISSION), free_capacity(), CHUNK)
    if count <= 0 then return end
    grant_lowest(count)
  end
end

local function call_and_grant()
  call_waiting()
  grant()
end

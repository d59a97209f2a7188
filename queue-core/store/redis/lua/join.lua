-- A batch of visitors come: consecutive numbers in their order, the first let in at once where it is quiet.
--
-- JTIS     those of all entries, padded with blanks to WIDTH
-- MARKED   the entries that are more than a fresh visitor who joins, six each: place in the batch from 1, intent,
--          idempotency key or '', and of the ticket held: jti or '', number, generation
-- Returns  result {outcomes}; for a repeat {outcomes, width, all jtis} as they were. Outcomes are runs, parted
--          by blanks, in the order of the batch (`own` is the jti of the entry):
--            placed:count:first                    own, consecutive numbers
--            admitted:count:first:remainingMs      own, consecutive numbers
--            passed:count  must-wait:count  closed:count
--            kept:number:windowEndsInMs or nothing:jti           a ticket or key that is still good
--            inside:number:remainingMs:jti                       one that is inside
-- Invariant  a repeat of the gateway's last batch id changes nothing but the clock. Visitors who only wait
--            cost no more than their run, however many.

local outcomes = {}

local function say(...)
  outcomes[#outcomes + 1] = table.concat({ ... }, ':')
end

local function jti_at(index)
  local padded = string.sub(JTIS, (index - 1) * WIDTH + 1, index * WIDTH)
  return (string.gsub(padded, ' +$', ''))
end

-- Takes the next `count` numbers; returns the first of them.
local function next_numbers(count)
  local first = line.issued + 1
  line.issued = line.issued + count
  line.joined_total = line.joined_total + count
  line.joined_this_second = line.joined_this_second + count
  line.peak_joins_per_second = max(line.peak_joins_per_second, line.joined_this_second)
  return first
end

local function admit(from, to, open)
  local count, jtis = to - from + 1, {}
  for index = from, to do jtis[#jtis + 1] = jti_at(index) end
  count_admissions(count)
  local first = next_numbers(count)
  -- In `open` the line stands still: leaving it sets `serving` to `issued`.
  if not open then
    begin_windows(line.serving)
    line.serving = line.issued
  end
  say('admitted', int(count), int(first), int(start_sessions(jtis)))
end

local function admit_run(from, to, open)
  for start = from, to, CHUNK do admit(start, min(start + CHUNK - 1, to), open) end
end

local function place_run(from, to)
  local count = to - from + 1
  say('placed', int(count), int(next_numbers(count)))
end

-- Fresh visitors who join. Who is let in makes the room less quiet, never more.
local function join_run(from, to)
  if from > to then return end
  local mode = mode_in_force()
  if mode == 'closed' then return say('closed', int(to - from + 1)) end
  if mode == 'open' then return admit_run(from, to, true) end
  while from <= to and is_quiet() do
    local fit = min(to - from + 1, floor(line.credit_units / UNITS_PER_ADMISSION), free_capacity())
    line.credit_units = line.credit_units - fit * UNITS_PER_ADMISSION
    admit_run(from, from + fit - 1, false)
    from = from + fit
  end
  if from <= to then place_run(from, to) end
end

-- What a ticket that is still good is worth: says it and returns true, or nil where a new number is due.
local function keep_place(jti, number, generation)
  if generation ~= line.generation then return nil end
  if session_remaining_ms(jti) > 0 then
    say('inside', int(number), int(collect(jti)), jti)
    return true
  end
  local fate = fate_of(jti)
  if fate == 'used' or fate == 'left' or fate == 'ended' then return nil end
  local window_ms = ''
  if number <= line.serving and not is_at_gate(number, jti) then
    local ends_in_ms = claim_window_ends_in_ms(jti, number)
    if not ends_in_ms then return nil end
    window_ms = int(ends_in_ms)
  end
  if mode_in_force() == 'open' then
    say('inside', int(number), int(admit_ticket(number, jti)), jti)
  else
    say('kept', int(number), window_ms, jti)
  end
  return true
end

local function pass_through(open)
  if not open then line.credit_units = line.credit_units - UNITS_PER_ADMISSION end
  count_admissions(1)
  say('passed', '1')
end

-- One visitor who holds no good ticket. Returns the jti and number that an idempotency key remembers, or nil.
local function join_anew(index, intent)
  if intent == 'keep' then return say('must-wait', '1') end
  local open = mode_in_force() == 'open'
  local at_once = open or is_quiet()
  if at_once and intent == 'pass-through' then return pass_through(open) end
  if not at_once and intent ~= 'join' then return say('must-wait', '1') end
  join_run(index, index)
  return jti_at(index), line.issued
end

local function places_of(period)
  return PLACES[period % 2]
end

-- An idempotency key's place: jti, number, generation; nil for none.
local function place_of_key(key)
  if key == '' then return nil end
  local period = line.places_period
  local value = command('HGET', places_of(period), key) or command('HGET', places_of(period + 1), key)
  if not value then return nil end
  local number, generation, jti = string.match(value, '^(%d+):(%d+):(.*)$')
  return jti, tonumber(number), tonumber(generation)
end

local function remember_key(key, jti, number)
  local value = table.concat({ int(number), int(line.generation), jti }, ':')
  command('HSET', places_of(line.places_period), key, value)
end

-- Returns the jti and number of the place that this visitor has now, or nil.
local function join_marked(index, at)
  if mode_in_force() == 'closed' then return say('closed', '1') end
  local jti, number, generation = place_of_key(ARGV[at + 2])
  if jti and keep_place(jti, number, generation) then return jti, number end
  jti, number, generation = ARGV[at + 3], tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  if jti ~= '' and keep_place(jti, number, generation) then return jti, number end
  return join_anew(index, ARGV[at + 1])
end

-- The bucket before last becomes the present one, emptied; after a longer pause so does the last.
local function rotate_places()
  local period = floor(line.room_time_ms / IDEMPOTENCY_PERIOD_MS)
  if period == line.places_period then return end
  clear_hash(places_of(period))
  if period ~= line.places_period + 1 then clear_hash(places_of(period + 1)) end
  line.places_period = period
end

local function join_batch()
  rotate_places()
  local next_index = 1
  for at = FIRST_MARKED, #ARGV, 6 do
    local index, key = tonumber(ARGV[at]), ARGV[at + 2]
    join_run(next_index, index - 1)
    local jti, number = join_marked(index, at)
    if key ~= '' and jti and number > 0 then remember_key(key, jti, number) end
    next_index = index + 1
  end
  join_run(next_index, COUNT)
  call_and_grant()
  return table.concat(outcomes, ' ')
end

-- A batch is kept as four lines: id, outcomes, width, jtis. What this one gave before, or nil.
local function earlier_result()
  local kept = command('HGET', BATCHES, GATEWAY)
  local head = BATCH_ID .. '\n'
  if not kept or string.sub(kept, 1, #head) ~= head then return nil end
  return { string.match(kept, '^%d+\n([^\n]*)\n(%d+)\n(.*)$') }
end

local refused = enter(true)
if refused then return refused end
local earlier = earlier_result()
if earlier then return done(earlier) end
local said = join_batch()
command('HSET', BATCHES, GATEWAY, table.concat({ BATCH_ID, said, int(WIDTH), JTIS }, '\n'))
return done({ said })

"""What Redis runs by itself, so that each of these is one round trip and nothing comes in between (https://redis.io/docs/latest/develop/programmability/eval-intro/).

A user's **generation** is a hash: `g` names it, and each writer that is about to commit has a field of its own. What is kept for the user
carries the generation it was loaded in, and counts only while that is still the user's and no writer is there. Names of generations are
never used again, so one that Redis has evicted or lost takes all that was kept with it. A writer that dies leaves its field; then the
whole hash expires. Garbage under any of these keys is overwritten.
All keys of a script have the same part in braces, hence one slot of a cluster.
"""

from __future__ import annotations

KEPT = 86_400_000  # milliseconds of a generation
WRITING = 30_000  # milliseconds for a writer to commit; the driver gives up on a statement before

# KEYS: window. ARGV: milliseconds. Returns the count, the milliseconds that the window still lasts, and when it ends, which no other window
# of this key does: it is the window's name.
_COUNT = """
local function count(key, milliseconds)
  local counted = redis.pcall('INCR', key)
  if type(counted) == 'table' then
    redis.call('SET', key, 1)
    counted = 1
  end
  local left = redis.call('PTTL', key)
  if left < 0 then
    redis.call('PEXPIRE', key, milliseconds)
    left = tonumber(milliseconds)
  end
  return {counted, left, redis.call('PEXPIRETIME', key)}
end
"""
COUNT = f"""{_COUNT}
return count(KEYS[1], ARGV[1])
"""
# KEYS: window. ARGV: its name. What was counted in a window that has ended is not taken from the next one, which would lose another's.
UNCOUNT = """
if redis.call('PEXPIRETIME', KEYS[1]) == tonumber(ARGV[1]) then
  redis.call('DECR', KEYS[1])
end
"""

_GENERATION = """
local function fields(key)
  local found = redis.pcall('HLEN', key)
  if type(found) == 'table' or (found > 0 and redis.call('HEXISTS', key, 'g') == 0) then
    redis.call('DEL', key)
    found = 0
  end
  return found
end
"""
# Of writers who did not hear whether they were heard, the mark may have come all the same, and nobody else takes it away.
_LATE = """
local function unmarked(key, writers)
  for writer in string.gmatch(writers, '%S+') do
    redis.pcall('HDEL', key, writer)
  end
  return writers ~= ''
end
"""
# KEYS: generation, entry, perhaps a window, perhaps another one for requests that fail. ARGV: name of a new generation, format, the writers
# (below) whose changes are told only now: then that generation begins whatever there is; and of each window its milliseconds and how many
# it may hold. Returns the generation (false where somebody writes), the value (false for none), and of each window what counting returns.
# What is found has not failed, and what was one too many was not tried: both are taken back from the other window at once.
# It writes, also where it only looks: a server that takes no writes cannot be told of changes, so nothing that it keeps is to be believed.
LOOK = f"""{_COUNT}{_GENERATION}{_LATE}
local function look()
  local late = unmarked(KEYS[1], ARGV[3])
  local found = fields(KEYS[1])
  local generation = ARGV[1]
  if found > 0 and not late then
    generation = redis.call('HGET', KEYS[1], 'g')
  end
  redis.call('HSET', KEYS[1], 'g', generation)
  if found == 0 or (late and found == 1) then
    redis.call('PEXPIRE', KEYS[1], {KEPT})
  end
  if found > 1 then
    return {{false, false}}
  end
  local kept = redis.pcall('GET', KEYS[2])
  local head = ARGV[2] .. ':' .. generation .. ':'
  if type(kept) ~= 'string' or string.sub(kept, 1, #head) ~= head then
    return {{generation, false}}
  end
  return {{generation, string.sub(kept, #head + 1)}}
end
local told = look()
for place = 3, #KEYS do
  told[place] = count(KEYS[place], ARGV[2 * place - 2])
end
if KEYS[4] and (told[2] or told[3][1] > tonumber(ARGV[5]) or told[4][1] > tonumber(ARGV[7])) then
  redis.call('DECR', KEYS[4])
end
return told
"""
# KEYS: generation, entry. ARGV: the generation that the value was loaded in, format, value, milliseconds.
STORE = f"""{_GENERATION}
if fields(KEYS[1]) ~= 1 or redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2] .. ':' .. ARGV[1] .. ':' .. ARGV[3], 'PX', ARGV[4])
return 1
"""
# KEYS: generation, perhaps a window. ARGV: name of a new generation, the writer, and of a window its milliseconds and how many it may
# hold. Returns what counting returns, nothing without a window. One too many leaves no mark: it is not to change anything.
CLOSE = f"""{_COUNT}{_GENERATION}
local counted = {{}}
if KEYS[2] then
  counted = count(KEYS[2], ARGV[3])
  if counted[1] > tonumber(ARGV[4]) then
    return counted
  end
end
fields(KEYS[1])
redis.call('HSET', KEYS[1], 'g', ARGV[1], ARGV[2], 1)
redis.call('PEXPIRE', KEYS[1], {WRITING})
return counted
"""
# KEYS: generation. ARGV: name of a new generation, for a writer who was too slow for its field to last; the writer.
OPEN = f"""{_GENERATION}
local found = fields(KEYS[1])
if found > 0 and redis.call('HDEL', KEYS[1], ARGV[2]) == 0 then
  redis.call('HSET', KEYS[1], 'g', ARGV[1])
elseif found == 2 then
  redis.call('PEXPIRE', KEYS[1], {KEPT})
end
return 1
"""
# KEYS: generation. ARGV: name of a new generation, and writers as of LOOK.
EXPIRE = f"""{_GENERATION}{_LATE}
unmarked(KEYS[1], ARGV[2])
if fields(KEYS[1]) > 0 then
  redis.call('HSET', KEYS[1], 'g', ARGV[1])
end
return 1
"""

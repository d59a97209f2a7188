-- SHA-256 (FIPS 180-4) of a text, for the audit trail: 64 hexadecimal digits. Redis itself only has SHA-1.
-- About a millisecond for an entry of two thousand bytes, which only an operator's change costs.

local sha256
do
  local band, bnot, bxor, ror, rshift, tobit, tohex =
    bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift, bit.tobit, bit.tohex
  local BLOCK_BYTES, LENGTH_BYTES = 64, 8

  -- The first 32 bits of the fractions of the cube roots of the first 64 primes.
  local ROUNDS = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  }

  local function bytes_of(word)
    return string.char(rshift(word, 24), band(rshift(word, 16), 255), band(rshift(word, 8), 255), band(word, 255))
  end

  -- A bit that is set, zeros up to a whole block, and the length in bits.
  local function padded(text)
    local bits = #text * 8
    local zeros = (BLOCK_BYTES - 1 - LENGTH_BYTES - #text) % BLOCK_BYTES
    return text .. '\128' .. string.rep('\0', zeros) .. bytes_of(math.floor(bits / 2 ^ 32)) .. bytes_of(tobit(bits))
  end

  -- The sixteen words of the block that begins at byte `first`, and 48 made of them.
  local function schedule(text, first)
    local words = {}
    for i = 1, 16 do
      local a, b, c, d = string.byte(text, first + 4 * i - 4, first + 4 * i - 1)
      words[i] = tobit(a * 2 ^ 24 + b * 2 ^ 16 + c * 2 ^ 8 + d)
    end
    for i = 17, 64 do
      local x, y = words[i - 15], words[i - 2]
      words[i] = tobit(words[i - 16] + bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
        + words[i - 7] + bxor(ror(y, 17), ror(y, 19), rshift(y, 10)))
    end
    return words
  end

  local function compress(state, words)
    local a, b, c, d, e, f, g, h = unpack(state)
    for i = 1, 64 do
      local mixed = tobit(h + bxor(ror(e, 6), ror(e, 11), ror(e, 25)) + bxor(band(e, f), band(bnot(e), g))
        + ROUNDS[i] + words[i])
      local majority = bxor(band(a, b), band(a, c), band(b, c))
      local sum = bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + majority
      a, b, c, d, e, f, g, h = tobit(mixed + sum), a, b, c, tobit(d + mixed), e, f, g
    end
    for i, word in ipairs({ a, b, c, d, e, f, g, h }) do state[i] = tobit(state[i] + word) end
  end

  sha256 = function(text)
    -- The first 32 bits of the fractions of the square roots of the first 8 primes.
    local state = {
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    }
    local blocks = padded(text)
    for first = 1, #blocks, BLOCK_BYTES do compress(state, schedule(blocks, first)) end
    for i, word in ipairs(state) do state[i] = tohex(word) end
    return table.concat(state)
  end
end

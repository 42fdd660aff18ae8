-- Compresses by zstd, piece by piece.
local ffi = require "ffi"

ffi.cdef [[
typedef struct { const void *src; size_t size; size_t pos; } zstd_in;
typedef struct { void *dst; size_t size; size_t pos; } zstd_out;
void *ZSTD_createCStream(void);
size_t ZSTD_freeCStream(void *stream);
size_t ZSTD_compressStream2(void *stream, zstd_out *out, zstd_in *in, int end);
]]

local zstd = ffi.load "libzstd.so.1"
local FLUSH, END = 1, 2
local SPACE = 1024

-- Returns a function that encodes a short text, and flushes it or ends the frame.
return function()
    local stream = ffi.gc(zstd.ZSTD_createCStream(), zstd.ZSTD_freeCStream)
    return function(text, last)
        local bytes = ffi.new("uint8_t[?]", SPACE)
        local out = ffi.new("zstd_out", { bytes, SPACE, 0 })
        local left = zstd.ZSTD_compressStream2(stream, out, ffi.new("zstd_in", { text, #text, 0 }), last and END or FLUSH)
        assert(left == 0, "zstd fails, or the text is too long")
        return ffi.string(bytes, out.pos)
    end
end
